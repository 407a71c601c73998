import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setsOfNumCores } from '../../src/cli/num-cores.js';
import { runCommand } from '../../src/cli/program.js';
import { loadText, reported } from '../config/load-text.js';

let stderr = '';
beforeEach(() => {
  stderr = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** How the cores are allocated of a pipeline `p` with policies and of a pipeline `q` without. */
async function allocations(count: number | undefined, root: string, p: string, set: readonly string[] = []) {
  const loaded = await loadText(
    [
      'version: otel_dataflow/v1',
      `policies: ${root}`,
      `groups: { g: { pipelines: { p: { policies: ${p} }, q: {} } } }`,
    ].join('\n'),
    { set: [...set, ...setsOfNumCores(count)] },
  );
  expect(reported(loaded)).toEqual([]);
  return loaded.spec?.pipelines.map(({ policies }) => policies.coreAllocation);
}

const cores = (allocation: string): string => `{ resources: { core_allocation: ${allocation} } }`;
const two = { type: 'core_count', count: 2 };
const three = { type: 'core_count', count: 3 };

describe('dataflow run --num-cores', () => {
  it('is the count of cores of the root, and zero all cores', async () => {
    expect(await allocations(3, '', '')).toEqual([three, three]);
    expect(await allocations(0, '', '')).toEqual([{ type: 'all_cores' }, { type: 'all_cores' }]);
    expect(await allocations(undefined, '', '')).toEqual([undefined, undefined]);
  });

  it('leaves what a narrower scope says', async () => {
    expect(await allocations(3, '', cores('{ type: core_count, count: 2 }'))).toEqual([two, three]);
  });

  it.each(['{ type: core_set, set: [{ start: 0, end: 7 }] }', '{ type: core_count, count: 2 }', '{}'])(
    'takes the place of the whole allocation %s of the root',
    async (allocation) => {
      expect(await allocations(3, cores(allocation), '')).toEqual([three, three]);
      expect(await allocations(0, cores(allocation), '')).toEqual([
        { type: 'all_cores' },
        { type: 'all_cores' },
      ]);
    },
  );

  it('comes after every --set', async () => {
    const set = ['policies.resources.core_allocation={ type: core_count, count: 2 }'];
    expect(await allocations(undefined, '', '', set)).toEqual([two, two]);
    expect(await allocations(3, '', '', set)).toEqual([three, three]);
  });

  it('is laid over the configuration that runs, behind the last --set', async () => {
    const args = ['--set', 'engine.custom=1', '--num-cores', '3'];
    const config = 'yaml:{ version: otel_dataflow/v1, policies: [] }';
    expect(await runCommand(['run', '--config', config, ...args])).toBe(2);
    expect(stderr).toContain('<set>:3:10: error[invalid_set] this would set a field of a list');
    expect(stderr).toContain('3 | policies.resources.core_allocation={ type: core_count, count: 3 }');
  });

  it.each(['-1', '1.5', 'all', '', '0x2', '8193'])('refuses %j with exit code 2', async (count) => {
    expect(await runCommand(['run', '--config', 'yaml:{}', `--num-cores=${count}`])).toBe(2);
    expect(stderr).toContain('write a whole number from 0 to 8192; 0 means all cores');
  });
});
