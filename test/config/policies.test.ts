// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICIES, DEFAULT_RECOVERY, type Policies } from '../../src/config/spec.js';
import { loadText, reported } from './load-text.js';

/** Policies of the root, a group and a pipeline, each on a line of its own, the root's in line 2. */
interface Scopes {
  readonly root?: string;
  readonly group?: string;
  readonly pipeline?: string;
}

const load = ({ root = '', group = '', pipeline = '' }: Scopes, env: Readonly<Record<string, string>> = {}) =>
  loadText(
    [
      'version: otel_dataflow/v1',
      `policies: { ${root} }`,
      'groups: { g: {',
      `  policies: { ${group} },`,
      '  pipelines: { p: {',
      `    policies: { ${pipeline} },`,
      '    nodes: { in: { type: receiver:otlp } } } } } }',
    ].join('\n'),
    { env },
  );

/** The policies that hold in the pipeline, of a configuration without errors. */
async function policiesOf(
  scopes: Scopes,
  env: Readonly<Record<string, string>> = {},
): Promise<Policies | undefined> {
  const loaded = await load(scopes, env);
  expect(reported(loaded)).toEqual([]);
  return loaded.spec?.pipelines[0]?.policies;
}

const problems = async (root: string) => reported(await load({ root }));

describe('policies.channel_capacity', () => {
  const capacity = async (scopes: Scopes) => {
    const loaded = await load(scopes);
    expect(loaded.diagnostics.hasErrors).toBe(false);
    return loaded.spec?.pipelines[0]?.policies.channelCapacity.pdata;
  };
  const pdata = (count: number) => `channel_capacity: { pdata: ${count} }`;

  it('is 128 unless something else is said', async () => {
    expect(DEFAULT_POLICIES.channelCapacity.pdata).toBe(128);
    expect(await capacity({})).toBe(128);
  });

  it('is taken from the nearest scope that declares it', async () => {
    expect(await capacity({ root: pdata(1) })).toBe(1);
    expect(await capacity({ root: pdata(1), group: pdata(2) })).toBe(2);
    expect(await capacity({ root: pdata(1), group: pdata(2), pipeline: pdata(3) })).toBe(3);
  });

  it('replaces the wider one whole, so that what it leaves out is the default again', async () => {
    const control = 'channel_capacity: { control: { node: 5 } }';
    expect(await capacity({ root: pdata(1), group: control })).toBe(128);
    expect(await capacity({ root: pdata(1), group: '' })).toBe(1);
  });

  it('holds whole numbers above zero', async () => {
    expect(
      await problems('channel_capacity: { pdata: 0, control: { node: 1.5, pipeline: x, completion: 512 } }'),
    ).toEqual([
      "2:40 invalid_value 'pdata' must be a whole number above zero",
      "2:43 no_effect 'control' is accepted for files of the reference engine and has no effect here",
      "2:60 invalid_value 'node' must be a whole number above zero",
      "2:75 invalid_value 'pipeline' must be a whole number above zero",
    ]);
  });
});

describe('policies.resources.core_allocation', () => {
  const cores = (allocation: string) => `resources: { core_allocation: ${allocation} }`;
  const four = cores('{ type: core_count, count: 4 }');
  const allocation = async (scopes: Scopes, env: Readonly<Record<string, string>> = {}) =>
    (await policiesOf(scopes, env))?.coreAllocation;

  it('is absent unless something is said of it', async () => {
    expect(DEFAULT_POLICIES.coreAllocation).toBeUndefined();
    expect(await allocation({})).toBeUndefined();
    expect(await allocation({ root: cores('') })).toBeUndefined();
  });

  it('is all cores, a count, or every core of some ranges in ascending order', async () => {
    expect(await allocation({ root: cores('{ type: all_cores }') })).toEqual({ type: 'all_cores' });
    expect(await allocation({ root: four })).toEqual({ type: 'core_count', count: 4 });
    const set = '[{ start: 6, end: 6 }, { start: 0, end: 3 }]';
    expect(await allocation({ root: cores(`{ type: core_set, set: ${set} }`) })).toEqual({
      type: 'core_set',
      cores: [0, 1, 2, 3, 6],
    });
  });

  it('is all cores when it is given without a type', async () => {
    expect(await allocation({ root: cores('{}') })).toEqual({ type: 'all_cores' });
  });

  it('takes expansions', async () => {
    const root = cores('{ type: ${env:T}, count: ${env:N} }');
    expect(await allocation({ root }, { T: 'core_count', N: '4' })).toEqual({ type: 'core_count', count: 4 });
  });

  it('may be more than the cores of this machine', async () => {
    expect(await allocation({ root: cores('{ type: core_count, count: 8192 }') })).toEqual({
      type: 'core_count',
      count: 8192,
    });
    expect(
      await allocation({ root: cores('{ type: core_set, set: [{ start: 8191, end: 8191 }] }') }),
    ).toEqual({ type: 'core_set', cores: [8191] });
  });

  it('is taken from the nearest scope that declares it', async () => {
    const two = cores('{ type: core_count, count: 2 }');
    const all = cores('{ type: all_cores }');
    expect(await allocation({ root: four, group: two })).toEqual({ type: 'core_count', count: 2 });
    expect(await allocation({ root: four, group: two, pipeline: all })).toEqual({ type: 'all_cores' });
    expect(await allocation({ root: four, group: cores('') })).toEqual({ type: 'core_count', count: 4 });
  });

  it('stays that of the wider scope where a narrower one speaks of other resources only', async () => {
    const loaded = await load({ root: four, group: 'resources: { memory_limiter: {} }' });
    expect(reported(loaded)).toEqual([
      "4:28 no_effect 'memory_limiter' is accepted for files of the reference engine and has no effect here",
    ]);
    expect(loaded.spec?.pipelines[0]?.policies.coreAllocation).toEqual({ type: 'core_count', count: 4 });
  });

  it('has the fields of its own type only', async () => {
    const set = 'set: [{ start: 0, end: 1 }]';
    expect(await problems(cores(`{ type: core_count, ${set} }`))).toEqual([
      "2:26 missing_field the field 'count' is missing in 'core_allocation'",
      "2:63 invalid_value 'set' is only for type: core_set; write that, or take it away",
    ]);
    expect(await problems(cores('{ type: core_set, count: 4 }'))).toEqual([
      "2:26 missing_field the field 'set' is missing in 'core_allocation'",
      "2:61 invalid_value 'count' is only for type: core_count; write that, or take it away",
    ]);
    expect(await problems(cores(`{ type: all_cores, count: 4, ${set} }`))).toEqual([
      "2:62 invalid_value 'count' is only for type: core_count; write that, or take it away",
      "2:72 invalid_value 'set' is only for type: core_set; write that, or take it away",
    ]);
    expect(await problems(cores('{ count: 4 }'))).toEqual([
      "2:45 invalid_value 'count' is only for type: core_count; write that, or take it away",
    ]);
  });

  it('of a type that is wrong says nothing of fields that may be right', async () => {
    expect(await problems(cores('{ type: core_cuont, count: 4 }'))).toEqual([
      "2:51 invalid_value 'type': expected one of 'all_cores', 'core_count', 'core_set'; did you mean 'core_count'?",
    ]);
  });

  it('counts from one', async () => {
    for (const count of ['0', '1.5', 'x', '8193']) {
      expect(await problems(cores(`{ type: core_count, count: ${count} }`))).toEqual([
        "2:70 invalid_value 'count' must be a whole number from 1 to 8192; for one instance on each core write type: all_cores",
      ]);
    }
  });

  it('has ranges that go upwards and have no core twice', async () => {
    expect(
      await problems(
        cores(
          '{ type: core_set, set: [{ start: 2, end: 4 }, { start: 1, end: 0 }, { start: 0, end: 2 }, {}] }',
        ),
      ),
    ).toEqual([
      "2:106 invalid_value 'end' is included in the range, so it must not be below 'start'",
      '2:111 invalid_value this range has cores of an earlier one; name each core in one range only',
      "2:133 missing_field the field 'start' is missing in this range",
      "2:133 missing_field the field 'end' is missing in this range",
    ]);
    expect(await problems(cores('{ type: core_set, set: [] }'))).toEqual([
      "2:66 invalid_value 'set' must not be empty",
    ]);
    expect(await problems(cores('{ type: core_set, set: [{ start: 0, end: 8192 }] }'))).toEqual([
      "2:84 invalid_value 'end' must be the number of a core, a whole one from 0 to 8191",
    ]);
  });
});

describe('policies.runtime_recovery', () => {
  const recovery = async (scopes: Scopes) => (await policiesOf(scopes))?.recovery;

  it('is five restarts with waits from 250 ms to 30 s unless something else is said', async () => {
    expect(await recovery({})).toEqual({
      enabled: true,
      maxRestarts: 5,
      initialBackoffMs: 250,
      maxBackoffMs: 30_000,
      startupTimeoutMs: 30_000,
      resetAfterMs: 60_000,
    });
  });

  it('says whether, how often and how fast an instance is replaced', async () => {
    expect(
      await recovery({
        root: 'runtime_recovery: { enabled: false, max_restarts: 1, initial_backoff: 1s, max_backoff: 1m 30s, startup_timeout: 5s, reset_after: 1h }',
      }),
    ).toEqual({
      enabled: false,
      maxRestarts: 1,
      initialBackoffMs: 1_000,
      maxBackoffMs: 90_000,
      startupTimeoutMs: 5_000,
      resetAfterMs: 3_600_000,
    });
  });

  it('replaces that of the wider scope whole, so that what it leaves out is the default again', async () => {
    const root = 'runtime_recovery: { enabled: false, max_restarts: 1 }';
    expect(await recovery({ root, group: 'runtime_recovery: { max_restarts: 2 }' })).toEqual({
      ...DEFAULT_RECOVERY,
      maxRestarts: 2,
    });
    expect(await recovery({ root, pipeline: '' })).toMatchObject({ enabled: false, maxRestarts: 1 });
  });

  it('has whole numbers and durations, above zero', async () => {
    expect(
      await problems(
        'runtime_recovery: { enabled: "true", max_restarts: 0, initial_backoff: 0s, max_backoff: 30, reset_after: soon }',
      ),
    ).toEqual([
      "2:42 invalid_value 'enabled': expected true or false, found a string; take off the quotes",
      "2:64 invalid_value 'max_restarts' must be a whole number above zero",
      "2:84 invalid_value 'initial_backoff' must be a duration above zero, such as 30s",
      "2:101 invalid_value 'max_backoff': expected a string, found a number",
      "2:118 invalid_value 'reset_after' must be a duration above zero, such as 30s",
    ]);
  });

  it('has a first wait that is not longer than the longest, be they given or not', async () => {
    const initial =
      "2:50 invalid_value 'initial_backoff' must not be longer than 'max_backoff', which is 30s unless given";
    expect(await problems('runtime_recovery: { initial_backoff: 2s, max_backoff: 1s }')).toEqual([initial]);
    expect(await problems('runtime_recovery: { initial_backoff: 1m }')).toEqual([initial]);
    expect(await problems('runtime_recovery: { max_backoff: 100ms }')).toEqual([
      "2:46 invalid_value 'max_backoff' must not be shorter than 'initial_backoff', which is 250ms unless given",
    ]);
    expect(await problems('runtime_recovery: { initial_backoff: 1s, max_backoff: 1s }')).toEqual([]);
  });

  it('holds a wait against no default of one that is wrong', async () => {
    expect(await problems('runtime_recovery: { initial_backoff: 1m, max_backoff: soon }')).toEqual([
      "2:67 invalid_value 'max_backoff' must be a duration above zero, such as 30s",
    ]);
  });
});
