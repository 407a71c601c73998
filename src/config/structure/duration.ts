import { parseDuration } from '../duration.js';
import { structureProblems } from '../messages.js';
import type { MapReader } from './map-reader.js';

/** The milliseconds of a field that holds a duration above zero; anything else is reported. */
export function readDuration(map: MapReader, name: string): number | undefined {
  const text = map.text(name);
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  map.problem(structureProblems.notDuration(name), name);
  return undefined;
}
