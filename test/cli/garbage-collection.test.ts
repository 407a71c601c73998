import { availableParallelism, totalmem } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { bytesPerCore, missingOptions } from '../../src/cli/garbage-collection.js';

const V8 = '13.6.233.17-node.53';
/** Of memory for each core. */
const ENOUGH = 3 * 2 ** 30;
const SEMI_SPACE = '--max-semi-space-size=8';
const YOUNG = '--no-allocation-site-pretenuring';
const OLD_SPACE = '--initial-old-space-size=64';
const OUTSIDE = '--external-memory-accounted-in-global-limit';

describe('the options for V8', () => {
  it('are all of them where none was given and there are 3 GiB for each core', () => {
    expect(missingOptions(['--enable-source-maps', ''], V8, ENOUGH)).toEqual([
      SEMI_SPACE,
      YOUNG,
      OLD_SPACE,
      OUTSIDE,
    ]);
  });

  it('are without those that cost memory where there is less', () => {
    expect(missingOptions([], V8, ENOUGH - 1)).toEqual([SEMI_SPACE, YOUNG]);
  });

  it.each([
    ['--max-semi-space-size=32', [YOUNG, OLD_SPACE, OUTSIDE]],
    ['--min_semi_space_size=16', [YOUNG, OLD_SPACE, OUTSIDE]],
    ['--allocation-site-pretenuring', [SEMI_SPACE, OLD_SPACE, OUTSIDE]],
    ['--initial-old-space-size=512', [SEMI_SPACE, YOUNG, OUTSIDE]],
    ['--initial-heap-size=512', [SEMI_SPACE, YOUNG, OUTSIDE]],
    ['--no-external-memory-accounted-in-global-limit', [SEMI_SPACE, YOUNG, OLD_SPACE]],
  ])('leave what %s says', (given, expected) => {
    expect(missingOptions([given], V8, ENOUGH)).toEqual(expected);
  });

  it('are none for a version that they were not measured with', () => {
    expect(missingOptions([], '14.1.146.11-node.1', ENOUGH)).toEqual([]);
  });

  it.each([
    ['the limit of a container', 64 * 2 ** 20, 64 * 2 ** 20],
    ['the machine where there is no limit', 2 ** 64, totalmem()],
    ['the machine where no limit is known', 0, totalmem()],
  ])('go by the memory of %s', (_, limit, memory) => {
    expect(bytesPerCore(limit)).toBe(memory / availableParallelism());
  });
});
