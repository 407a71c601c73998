import type { ConfigSources } from '../config-sources.js';
import { hideSecrets } from '../text/hide.js';
import { MODEL, type Place, placeBelow } from '../text/places.js';
import type { SourceText } from '../text/source-text.js';
import type { Tree } from '../tree.js';
import { assign, type PlacedStep } from './assign.js';
import { readSetPath } from './set-path.js';
import type { SourceReader } from './source-reader.js';

/** Lays what `--set` gives over a configuration, in order. In messages the n-th `--set` is line n of `<set>`. */
export async function applySets(
  base: Tree | undefined,
  sets: readonly string[],
  sources: ConfigSources,
  reader: SourceReader,
  directory: string,
): Promise<{ readonly root: Tree | undefined }> {
  if (sets.length === 0) return { root: base };
  const source = sources.add('<set>', sets.join('\n'), directory);
  let root = base;
  let start = 0;
  for (const set of sets) {
    root = await applySet(root, set, source, start, reader);
    start += set.length + 1;
  }
  return { root };
}

async function applySet(
  root: Tree | undefined,
  set: string,
  source: SourceText,
  start: number,
  reader: SourceReader,
): Promise<Tree | undefined> {
  const end = start + set.length;
  const path = readSetPath(set);
  if (!path.ok) {
    // Without a path it is not known what the value is.
    const value = set.indexOf('=');
    if (value !== -1) source.hidden.push({ start: start + value + 1, end });
    reader.report(path.problem, source.span(start + path.at, end));
    return root;
  }
  const value = source.span(start + path.value, end);
  const place = path.steps.reduce<Place>(
    (outer, { part }) => placeBelow(outer, typeof part === 'string' ? part : undefined),
    MODEL,
  );
  const read = await reader.readValue(value, place);
  if (read === undefined) {
    source.hidden.push({ start: value.start, end });
    return root;
  }
  const tree: Tree = read === 'empty' ? { kind: 'scalar', value: null, expanded: false, at: value } : read;
  const steps = path.steps.map((step) => ({
    part: step.part,
    at: source.span(start + step.start, start + step.end),
  }));
  hideSecrets(nest(steps, tree));
  return assign(root, steps, tree, (problem, at) => reader.report(problem, at));
}

/** The value below the steps of its path, an index like a key. */
function nest(steps: readonly PlacedStep[], value: Tree): Tree {
  return steps.reduceRight<Tree>(
    (inner, { part, at }) => ({
      kind: 'map',
      entries: new Map([[String(part), { key: at, value: inner }]]),
      at,
    }),
    value,
  );
}
