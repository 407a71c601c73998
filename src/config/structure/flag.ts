import { inWords, quotesHint } from '../in-words.js';
import { structureProblems } from '../messages.js';
import { isNothing, type MapReader } from './map-reader.js';

/** A field that holds true or false; anything else is reported, but for nothing at all. */
export function readFlag(map: MapReader, name: string): boolean | undefined {
  const tree = map.field(name);
  if (tree === undefined || tree.kind === 'failed' || isNothing(tree)) return undefined;
  if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return tree.value;
  const hint = tree.kind === 'scalar' ? quotesHint('boolean', tree.value) : '';
  map.problem(structureProblems.wrongType(name, 'true or false', `${inWords(tree)}${hint}`), name);
  return undefined;
}
