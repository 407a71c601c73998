import type { SourceText, Span } from '../text/source-text.js';
import type { Tree } from '../tree.js';

/** Keys before a piece of YAML, as in `yaml:a::b::c: 1`, which stands for `{ a: { b: { c: 1 } } }`. */
export interface Prefix {
  readonly keys: readonly { readonly name: string; readonly at: Span }[];
  /** Where the YAML begins. */
  readonly end: number;
}

/** Only plain keys from the very start count, so that `::` inside of a value, as in `[::1]:4317`, is left alone. */
const PREFIX = /^(?:[A-Za-z0-9_./-]+::)+/;

/** The keys before the YAML of an inline configuration; `undefined` when there are none. */
export function nestedPrefix(source: SourceText): Prefix | undefined {
  const prefix = PREFIX.exec(source.text)?.[0];
  if (prefix === undefined) return undefined;
  let start = 0;
  const keys = prefix
    .slice(0, -2)
    .split('::')
    .map((name) => {
      const at = source.span(start, start + name.length);
      start += name.length + 2;
      return { name, at };
    });
  return { keys, end: prefix.length };
}

/** Puts a value below the keys. */
export function below(prefix: Prefix, value: Tree): Tree {
  return prefix.keys.reduceRight<Tree>(
    (inner, { name, at }) => ({ kind: 'map', entries: new Map([[name, { key: at, value: inner }]]), at }),
    value,
  );
}
