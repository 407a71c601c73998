/** What the files of a component of one kind hold: working code that is small enough to be read and replaced. */
export interface ComponentSample {
  /** One sentence for `dataflow components` and the README. */
  readonly description: string;
  /** Fields of `config:`, each with the schema that stands in `src/config.ts`. */
  readonly fields: readonly ConfigField[];
  /** The class, whole, in TypeScript. */
  readonly source: string;
  /** Its tests, whole, in TypeScript. */
  readonly test: string;
  /** A configuration that uses it, whole, in YAML. */
  readonly pipeline: string;
  /** Packages that it needs beside `otap-dataflow`, of those that this one depends on itself. */
  readonly dependencies?: readonly string[];
}

export interface ConfigField {
  readonly name: string;
  /** A schema as it is written, without the description. */
  readonly schema: string;
  /** What of `otap-dataflow` the schema is made with, beside `z`. */
  readonly imports: readonly string[];
  readonly description: string;
}

/** `import { a, b } from 'module';` with the names in order; nothing for no names. */
export function importLine(module: string, names: Iterable<string>): string {
  const bare = (name: string): string => name.replace(/^type /, '');
  const sorted = [...new Set(names)].sort((a, b) => (bare(a).toLowerCase() < bare(b).toLowerCase() ? -1 : 1));
  if (sorted.length === 0) return '';
  const line = `import { ${sorted.join(', ')} } from '${module}';\n`;
  return line.length <= 110
    ? line
    : `import {\n${sorted.map((name) => `  ${name},\n`).join('')}} from '${module}';\n`;
}
