import { structureProblems } from '../messages.js';
import { suggest } from '../suggest.js';
import type { MapReader } from './map-reader.js';

/** A field that holds one of a few words; anything else is reported. */
export function oneOf<Word extends string>(
  map: MapReader,
  name: string,
  allowed: readonly Word[],
): Word | undefined {
  const tree = map.field(name);
  const text = tree === undefined ? undefined : map.textOf(tree, [name], name);
  if (text === undefined) return undefined;
  const word = allowed.find((candidate) => candidate === text);
  if (word === undefined)
    map.problem(structureProblems.notOneOf(name, allowed, suggest(text, allowed)), name);
  return word;
}
