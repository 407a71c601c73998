import { availableParallelism } from 'node:os';
import type { CoreAllocation } from '../../config/spec.js';

/** How many instances of a pipeline an allocation asks for. */
export function instancesOf(
  allocation: CoreAllocation | undefined,
  available: number = availableParallelism(),
): number {
  switch (allocation?.type) {
    case undefined:
      return 1;
    case 'all_cores':
      return available;
    case 'core_count':
      return allocation.count;
    case 'core_set':
      return allocation.cores.length;
  }
}

/**
 * Spreads the instances of pipelines over as few workers as hold them, no two instances of one pipeline in the same
 * worker; a pipeline goes where the fewest instances are.
 *
 * @param instances of each pipeline, at least 1
 * @returns of each worker the indexes of its pipelines, in their order
 */
export function spread(instances: readonly number[]): readonly (readonly number[])[] {
  const workers: number[][] = Array.from({ length: Math.max(0, ...instances) }, () => []);
  for (const [pipeline, count] of instances.entries()) {
    const emptiest = [...workers].sort((a, b) => a.length - b.length).slice(0, count);
    for (const worker of emptiest) worker.push(pipeline);
  }
  return workers;
}
