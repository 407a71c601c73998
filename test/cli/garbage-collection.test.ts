import { describe, expect, it } from '@jest/globals';
import { optionsAtRunTime } from '../../src/cli/garbage-collection.js';

const V8 = '13.6.233.17-node.53';
const all = [
  '--external-memory-accounted-in-global-limit',
  '--heap-growing-percent=200',
  '--no-allocation-site-pretenuring',
];

describe('the options for V8 at run time', () => {
  it('are all of them where none was given', () => {
    expect(optionsAtRunTime(['--enable-source-maps', ''], V8)).toEqual(all);
  });

  it.each([
    ['--heap-growing-percent=50', [all[0], all[2]]],
    ['--heap_growing_percent=50', [all[0], all[2]]],
    ['--allocation-site-pretenuring', [all[0], all[1]]],
    ['--no-external-memory-accounted-in-global-limit', [all[1], all[2]]],
  ])('leave what %s says', (given, expected) => {
    expect(optionsAtRunTime([given], V8)).toEqual(expected);
  });

  it('are none for a version that they were not measured with', () => {
    expect(optionsAtRunTime([], '14.1.146.11-node.1')).toEqual([]);
  });
});
