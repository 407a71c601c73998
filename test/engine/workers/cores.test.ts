import { describe, expect, it } from '@jest/globals';
import { instancesOf, spread } from '../../../src/engine/workers/cores.js';

describe('instancesOf', () => {
  it('is one where nothing is said', () => {
    expect(instancesOf(undefined, 8)).toBe(1);
  });

  it('is as many as there are cores, as are counted, or as are listed', () => {
    expect(instancesOf({ type: 'all_cores' }, 8)).toBe(8);
    expect(instancesOf({ type: 'core_count', count: 3 }, 8)).toBe(3);
    expect(instancesOf({ type: 'core_set', cores: [0, 1, 5] }, 8)).toBe(3);
  });
});

describe('spread', () => {
  it('gives each instance of a pipeline a worker of its own', () => {
    expect(spread([3])).toEqual([[0], [0], [0]]);
  });

  it('puts a pipeline where the fewest instances are', () => {
    expect(spread([2, 1, 1])).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(spread([1, 3])).toEqual([[0, 1], [1], [1]]);
  });

  it('leaves no worker without a pipeline', () => {
    for (const instances of [[1, 2], [4, 1, 3], [1], [2, 2, 5]]) {
      expect(spread(instances).every((pipelines) => pipelines.length > 0)).toBe(true);
      expect(spread(instances)).toHaveLength(Math.max(...instances));
    }
  });
});
