import type { MapEntry, Tree } from './tree.js';

/**
 * Lays one configuration over another: maps merge by key, everything else replaces. Values keep the place that
 * they came from.
 */
export function merge(base: Tree, over: Tree): Tree {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map<string, MapEntry>(base.entries);
  for (const [name, entry] of over.entries) {
    const below = entries.get(name);
    entries.set(
      name,
      below === undefined ? entry : { key: entry.key, value: merge(below.value, entry.value) },
    );
  }
  return { kind: 'map', entries, at: base.at ?? over.at };
}
