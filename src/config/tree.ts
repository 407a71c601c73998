import type { ConfigPath } from './location.js';
import type { Span } from './text/source-text.js';

/** What all values of a configuration have, read from a text or given in code. */
interface Value {
  /** Where it stands; `undefined` when it was given in code. */
  readonly at: Span | undefined;
  /** What an alias repeats; the alias itself stands at `at`. */
  readonly aliasOf?: Tree;
}

export interface ScalarTree extends Value {
  readonly kind: 'scalar';
  /** A string, a number, a truth value or null; from code, anything that is neither map nor list. */
  readonly value: unknown;
  /** Came at least partly out of a `${...}`. */
  readonly expanded: boolean;
  /** The text of an expanded scalar without quotes, before it was read as a number, a truth value or null. */
  readonly text?: string;
}

export interface MapTree extends Value {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly key: Span | undefined;
  readonly value: Tree;
  /** It has no colon, so the key may be a value that only stands where a key should: `{ token:abc }`. */
  readonly bare?: boolean;
}

export interface ListTree extends Value {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

/** A value that could not be had, which is reported already. Whoever meets it says no more about it. */
export interface FailedTree extends Value {
  readonly kind: 'failed';
}

/** A configuration value that remembers where it stood. */
export type Tree = ScalarTree | MapTree | ListTree | FailedTree;

/** The place of a path in a tree, or of the nearest enclosing value. */
export interface Found {
  readonly tree: Tree;
  readonly key: Span | undefined;
  readonly bare: boolean;
  /** Whether the whole path exists. */
  readonly exact: boolean;
}

export function find(root: Tree, path: ConfigPath): Found {
  let found: Found = { tree: root, key: undefined, bare: false, exact: true };
  for (const part of path) {
    const { tree } = found;
    if (tree.kind === 'map') {
      const entry = tree.entries.get(String(part));
      if (entry === undefined) return { ...found, exact: false };
      found = { tree: entry.value, key: entry.key, bare: entry.bare === true, exact: true };
    } else {
      const item = tree.kind === 'list' && typeof part === 'number' ? tree.items[part] : undefined;
      if (item === undefined) return { ...found, exact: false };
      found = { tree: item, key: undefined, bare: false, exact: true };
    }
  }
  return found;
}

/** The value as plain JavaScript. What failed is left out of maps, and `undefined` in lists. */
export function plainValue(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plainValue);
    case 'map': {
      const value: Record<string, unknown> = {};
      for (const [name, entry] of tree.entries) {
        if (entry.value.kind !== 'failed') value[name] = plainValue(entry.value);
      }
      return value;
    }
    case 'failed':
      return undefined;
  }
}

/** Whether the value, or something in it, failed. */
export function isIncomplete(tree: Tree): boolean {
  if (tree.kind === 'list') return tree.items.some(isIncomplete);
  if (tree.kind === 'map') return [...tree.entries.values()].some(({ value }) => isIncomplete(value));
  return tree.kind === 'failed';
}
