import { structureProblems } from '../messages.js';
import type { MapReader } from './map-reader.js';

/** A field that holds a whole number above zero; anything else is reported. */
export function readCount(map: MapReader, name: string): number | undefined {
  const tree = map.field(name);
  if (tree === undefined || tree.kind === 'failed') return undefined;
  if (tree.kind === 'scalar' && isWhole(tree.value, 1, Number.MAX_SAFE_INTEGER)) return tree.value;
  map.problem(structureProblems.notPositive(name), name);
  return undefined;
}

export function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}
