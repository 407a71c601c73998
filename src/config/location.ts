/** A point in a configuration text. */
export interface Location {
  /** The file's name as the user gave it, or `<env:NAME>`, `<yaml>`, `<set>`, `<code>` and the like. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** Keys and indexes from the root of the configuration to a value in it. */
export type ConfigPath = readonly (string | number)[];

/** Where each value of a configuration stood. */
export interface SourceMap {
  /**
   * The place of a value, or of its key; of the nearest enclosing value when it has none of its own;
   * `undefined` when the configuration was composed in code.
   */
  locate(path: ConfigPath, part?: 'key' | 'value'): Location | undefined;
  /** The text of a line, for showing it under a message. */
  lineText(location: Location): string | undefined;
}

/** The source map of a configuration that was never text. */
export const noSource: SourceMap = Object.freeze({ locate: () => undefined, lineText: () => undefined });

/** A path as people write it: `groups.default.pipelines.main.nodes.in`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
