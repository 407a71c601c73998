import { InvalidArgumentError, Option } from 'commander';
import { MOST_CORES } from '../config/limits.js';

export const numCoresOption = (): Option =>
  new Option(
    '--num-cores <count>',
    'how many instances of each pipeline to run, each in a thread; 0: one for each core',
  ).argParser(countArgument);

/**
 * What `--set` would have to be for so many cores: a policy of the root, so that a group or a pipeline which has one of
 * its own keeps it.
 *
 * @param count 0 means all cores
 */
export function setsOfNumCores(count: number | undefined): readonly string[] {
  if (count === undefined) return [];
  const place = 'policies.resources.core_allocation';
  const allocation = count === 0 ? '{ type: all_cores }' : `{ type: core_count, count: ${count} }`;
  // Maps merge: without the first, the fields of another type would stay.
  return [`${place}=null`, `${place}=${allocation}`];
}

function countArgument(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count <= MOST_CORES) return count;
  throw new InvalidArgumentError(`write a whole number from 0 to ${MOST_CORES}; 0 means all cores`);
}
