import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider } from '../../src/authoring.js';
import { builtIns } from '../../src/builtins.js';
import { formatDiagnostics } from '../../src/config/report.js';
import { Engine } from '../../src/distribution.js';
import { planEngine } from '../../src/engine/plan.js';
import { rejection, Stage, stageOptions, thrown, timedComponents } from '../fixtures/timed-extensions.js';

const active = (config: object = {}, capabilities: object = {}): object => ({
  type: 'urn:test:extension:active',
  config,
  capabilities,
});

/** A pipeline with an exporter, called by the pipeline's name in the journal, that binds an extension. */
const pipeline = (name: string, bound: string, extensions: object = {}): object => ({
  extensions,
  nodes: {
    in: { type: 'urn:test:receiver:asking', config: { name: `${name} in` } },
    out: {
      type: 'urn:test:exporter:asking',
      config: { name },
      capabilities: { bearer_token_provider: bound },
    },
  },
  connections: [{ from: 'in', to: 'out' }],
});

const configOf = (engine: object, group: object, pipelines: object): object => ({
  version: 'otel_dataflow/v1',
  engine: { extensions: engine },
  groups: { edge: { extensions: group, pipelines } },
});

async function started(stage: Stage, config: string | object): Promise<Engine> {
  const engine = await Engine.fromConfig(config, stageOptions(stage));
  await engine.start();
  return engine;
}

async function tokenOf({ journal }: Stage, node: string): Promise<string | undefined> {
  const token = await journal.effects.get(node)?.getExtension(BearerTokenProvider).getToken();
  return token?.secret.reveal();
}

/** Everything that is wrong with a text, as `dataflow validate` prints it. */
async function complaints(text: string): Promise<string> {
  const { diagnostics, sources } = await planEngine({
    sources: [`yaml:${text}`],
    env: {},
    components: [builtIns, { origin: 'the test', exports: timedComponents }],
    plugins: [],
    directory: '.',
  });
  return formatDiagnostics(diagnostics.sorted(), sources);
}

describe('an extension that is bound by name', () => {
  it('is the nearest of that name: of the pipeline, then of the group, then of the engine', async () => {
    const stage = new Stage();
    const engine = await started(
      stage,
      configOf(
        { auth: active({ token: 'engine' }), other: active({ token: 'other' }) },
        { auth: active({ token: 'group' }) },
        {
          own: pipeline('own', 'auth', { auth: active({ token: 'pipeline' }) }),
          shared: pipeline('shared', 'auth'),
          far: pipeline('far', 'other'),
        },
      ),
    );
    expect(await tokenOf(stage, 'own')).toBe('pipeline#1');
    expect(await tokenOf(stage, 'shared')).toBe('group#1');
    expect(await tokenOf(stage, 'far')).toBe('other#1');
    await engine.stop();
  });

  it('is the nearest also when that one cannot serve: nobody gets a wider one by accident', async () => {
    const text = (near: string, far: string): string => `version: otel_dataflow/v1
engine:
  extensions: { auth: { type: urn:test:extension:${far} } }
groups:
  edge:
    pipelines:
      main:
        extensions: { auth: { type: urn:test:extension:${near} } }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: auth } }
        connections: [{ from: in, to: out }]
`;
    expect(await complaints(text('background', 'passive'))).toContain(
      'urn:test:extension:background provides no trait at all',
    );
    expect(await complaints(text('passive', 'background'))).toBe('');
  });

  it('is one object for every pipeline in the process when the engine declares it', async () => {
    const stage = new Stage();
    const config = {
      version: 'otel_dataflow/v1',
      engine: { extensions: { auth: active({ token: 'one' }) } },
      groups: {
        a: { pipelines: { p: pipeline('a/p', 'auth'), q: pipeline('a/q', 'auth') } },
        b: { pipelines: { p: pipeline('b/p', 'auth') } },
      },
    };
    const engine = await started(stage, config);
    const nodes = ['a/p', 'a/q', 'b/p', 'a/p'];
    const tokens: (string | undefined)[] = [];
    for (const node of nodes) tokens.push(await tokenOf(stage, node));
    expect(tokens).toEqual(['one#1', 'one#2', 'one#3', 'one#4']);
    expect(stage.journal.built).toEqual(['one']);
    expect(stage.journal.events.filter((event) => event === 'auth starts')).toHaveLength(1);
    await engine.stop();
  });

  it('is one object for the pipelines of its group, and another in another group', async () => {
    const stage = new Stage();
    const group = (name: string): object => ({
      extensions: { auth: active({ token: name }) },
      pipelines: { p: pipeline(`${name}/p`, 'auth'), q: pipeline(`${name}/q`, 'auth') },
    });
    const engine = await started(stage, {
      version: 'otel_dataflow/v1',
      groups: { a: group('a'), b: group('b') },
    });
    const tokens = [];
    for (const node of ['a/p', 'a/q', 'b/p', 'b/q']) tokens.push(await tokenOf(stage, node));
    expect(tokens).toEqual(['a#1', 'a#2', 'b#1', 'b#2']);
    await engine.stop();
  });

  it('is an instance for each consumer when its class says so, also from the engine', async () => {
    const stage = new Stage();
    const engine = await started(
      stage,
      configOf(
        { each: { type: 'urn:test:extension:each' } },
        {},
        { p: pipeline('p', 'each'), q: pipeline('q', 'each') },
      ),
    );
    expect(await tokenOf(stage, 'p')).toBe('t#1');
    expect(await tokenOf(stage, 'p')).toBe('t#2');
    expect(await tokenOf(stage, 'q')).toBe('t#1');
    expect(engine.extensions).toMatchObject([{ name: 'each', state: 'passive', instances: 2 }]);
    await engine.stop();
  });
});

describe('the scopes of an engine', () => {
  const nested = (stops: object = {}) =>
    configOf(
      { outer: active({ ready_ms: 100, ...stops }) },
      { middle: active({ ready_ms: 100 }, { bearer_token_provider: 'outer' }) },
      {
        p: pipeline('p', 'inner', {
          inner: active(
            { ready_ms: 100 },
            { bearer_token_provider: 'middle', bearer_token_authorizer: 'outer' },
          ),
        }),
      },
    );

  it('start the wider ones first and stop the narrower ones first, the data path between them', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(nested(), stageOptions(stage));
    const start = engine.start();
    await stage.clock.advance(300);
    await start;
    await engine.stop();
    expect(stage.journal.lines).toEqual([
      '0 outer starts',
      '100 outer ready',
      '100 middle starts',
      '200 middle ready',
      '200 inner starts',
      '300 inner ready',
      '300 p in takes data',
      '300 p in takes no more',
      '300 inner told',
      '300 inner stopped',
      '300 middle told',
      '300 middle stopped',
      '300 outer told',
      '300 outer stopped',
    ]);
  });

  it('report an engine extension that fails to start, and start nothing narrower', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(
      configOf(
        { outer: active({ fails_ms: 0 }) },
        {},
        { p: pipeline('p', 'inner', { inner: active({}, { bearer_token_provider: 'outer' }) }) },
      ),
      stageOptions(stage),
    );
    expect((await rejection(engine.start())).message).toBe(
      "extension 'outer' (urn:test:extension:active) of the engine failed to start: the lease was lost",
    );
    expect(stage.journal.events).not.toContain('inner starts');
  });

  it('stop the wider ones too when a narrower one fails to start', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(
      configOf(
        { outer: active() },
        { middle: active() },
        {
          p: pipeline('p', 'inner', {
            inner: active(
              { fails_ms: 0 },
              { bearer_token_provider: 'middle', bearer_token_authorizer: 'outer' },
            ),
          }),
        },
      ),
      stageOptions(stage),
    );
    expect((await rejection(engine.start())).message).toContain("extension 'inner'");
    expect(stage.journal.events.slice(-4)).toEqual([
      'middle told',
      'middle stopped',
      'outer told',
      'outer stopped',
    ]);
  });

  it.each([
    ['the engine', {}],
    ["group 'edge'", { group: 'edge' }],
    ["pipeline 'edge/p'", { group: 'edge', pipeline: 'p' }],
  ] as const)('say of one that fails that it is of %s, for names repeat', async (label, scope) => {
    const stage = new Stage();
    const declared = (at: object): object =>
      isDeepStrictEqual(at, scope) ? { auth: active({ fails_ms: 0 }) } : {};
    const engine = await Engine.fromConfig(
      configOf(declared({}), declared({ group: 'edge' }), {
        p: pipeline('p', 'auth', declared({ group: 'edge', pipeline: 'p' })),
      }),
      stageOptions(stage),
    );
    expect(await rejection(engine.start())).toMatchObject({
      message: `extension 'auth' (urn:test:extension:active) of ${label} failed to start: the lease was lost`,
      extension: 'auth',
      scope,
    });
  });

  it('report what fails while it serves, whichever scope it is of', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(
      configOf({ outer: active({ fails_ms: 50 }) }, {}, { p: pipeline('p', 'outer') }),
      stageOptions(stage),
    );
    await engine.start();
    await stage.clock.advance(50);
    expect((await engine.failed).message).toBe(
      "extension 'outer' (urn:test:extension:active) of the engine ended before shutdown: it failed: the lease was lost",
    );
    await engine.stop();
  });

  it('can be stopped while the wider ones still start', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(nested(), stageOptions(stage));
    const failed = rejection(engine.start());
    await stage.clock.advance(150);
    await engine.stop();
    expect((await failed).message).toBe('the extensions were stopped before they had started');
    expect(stage.journal.events).not.toContain('inner starts');
    expect(stage.journal.events.slice(-2)).toEqual(['outer told', 'outer stopped']);
    expect(stage.clock.pending).toBe(0);
  });
});

describe('a wider scope that binds a narrower one', () => {
  it('is refused with both places', async () => {
    const text = `version: otel_dataflow/v1
engine:
  extensions:
    shared: { type: urn:test:extension:active, capabilities: { bearer_token_provider: local } }
groups:
  edge:
    pipelines:
      main:
        extensions:
          local: { type: urn:test:extension:active }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: shared } }
        connections: [{ from: in, to: out }]
`;
    const found = await complaints(text);
    expect(found).toContain(
      "<yaml>:4:87: error[scope_violation] extension 'shared' of the engine asks extension 'local' for " +
        "bearer_token_provider, which is declared in pipeline 'edge/main' (<yaml>:10:11); a wider scope cannot use " +
        "a narrower one: move 'local' to the engine, or 'shared' to where it is",
    );
  });

  it('is refused for a group too, and a pipeline beside another sees nothing of it', async () => {
    const text = `version: otel_dataflow/v1
groups:
  edge:
    extensions:
      shared: { type: urn:test:extension:active, capabilities: { bearer_token_provider: local } }
    pipelines:
      main:
        extensions: { local: { type: urn:test:extension:active } }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: local } }
        connections: [{ from: in, to: out }]
      beside:
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: local } }
        connections: [{ from: in, to: out }]
`;
    const found = await complaints(text);
    expect(found.match(/error\[scope_violation\] extension 'shared' of group 'edge'/g)).toHaveLength(1);
    expect(found).toContain(
      "error[not_found] exporter 'out' asks extension 'local' for bearer_token_provider: no extension has that name here",
    );
  });
});

describe('an extension that nothing uses', () => {
  const config = configOf(
    { spare: active({ token: 'spare' }) },
    { idle: { type: 'urn:test:extension:passive' } },
    {
      p: pipeline('p', 'auth', {
        auth: active({ token: 'auth' }),
        top: active({ token: 'top' }, { bearer_token_provider: 'below' }),
        below: active({ token: 'below' }),
        watcher: { type: 'urn:test:extension:background', config: { token: 'watcher' } },
      }),
    },
  );

  const warnings = [
    "nothing binds extension 'spare', so it is not created unless a component asks for it by name; bind it under capabilities:, or remove it",
    "nothing binds extension 'idle', so it is not created unless a component asks for it by name; bind it under capabilities:, or remove it",
    "nothing binds extension 'top', so it is not created unless a component asks for it by name; bind it under capabilities:, or remove it",
    "only 'top' binds extension 'below', and nothing binds that one, so it is not created unless a component " +
      'asks for it by name; bind it under capabilities:, or remove it',
  ];

  it('is warned about by name at the start, and is not created; background ones are always', async () => {
    const stage = new Stage();
    const engine = await started(stage, config);
    expect(stage.logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(
      warnings,
    );
    expect(stage.journal.built).toEqual(['auth', 'watcher']);
    expect(engine.extensions.map(({ name, state }) => [name, state])).toEqual([
      ['auth', 'serving'],
      ['watcher', 'serving'],
    ]);
    await engine.stop();
  });

  it('is not one that a used extension binds, nor one that a background one binds', async () => {
    const stage = new Stage();
    const below = { auth: active({}, { bearer_token_provider: 'below' }), below: active() };
    const watched = {
      watcher: { type: 'urn:test:extension:background', capabilities: { bearer_token_provider: 'watched' } },
      watched: active(),
    };
    const engine = await started(
      stage,
      configOf({}, {}, { p: pipeline('p', 'auth', { ...below, ...watched }) }),
    );
    expect(stage.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(engine.extensions).toHaveLength(4);
    await engine.stop();
  });

  it('of the engine is not started late: who asks by name while it runs is told what to do', async () => {
    const stage = new Stage();
    const engine = await started(
      stage,
      configOf({ spare: active() }, { auth: active() }, { p: pipeline('p', 'auth') }),
    );
    expect(
      thrown(() => stage.journal.effects.get('p')?.getExtension(BearerTokenProvider, 'spare')).message,
    ).toBe(
      "exporter 'out' asks extension 'spare' for bearer_token_provider: nothing binds it, so it was not started; " +
        'bind it under capabilities:, or ask for it in the constructor',
    );
    await engine.stop();
  });

  it('is warned about by validate, at its name', async () => {
    const text = `version: otel_dataflow/v1
groups:
  edge:
    pipelines:
      main:
        extensions:
          auth: { type: urn:test:extension:active }
          spare: { type: urn:test:extension:active }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: auth } }
        connections: [{ from: in, to: out }]
`;
    expect(await complaints(text)).toContain(
      "<yaml>:8:11: warning[unused_extension] nothing binds extension 'spare', so it is not created unless a component " +
        'asks for it by name; bind it under capabilities:, or remove it',
    );
  });

  it('is one that only a node binds that is left out', async () => {
    const text = `version: otel_dataflow/v1
groups:
  g:
    pipelines:
      p:
        extensions:
          auth: { type: urn:test:extension:active }
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out } }
          lost: { type: urn:test:exporter:asking, config: { name: lost }, capabilities: { bearer_token_provider: auth } }
        connections: [{ from: in, to: out }]
`;
    const found = await complaints(text);
    expect(found).toContain("nothing binds extension 'auth', so it is not created");
    expect(found).toContain("exporter 'lost' is left out");
  });

  it('is created all the same when the constructor of a node asks for it by name', async () => {
    const stage = new Stage();
    const asking = pipeline('p', 'auth', { auth: active(), spare: active({ token: 'spare' }) });
    Object.assign((asking as { nodes: { in: { config: object } } }).nodes.in.config, { asks: ['spare'] });
    const engine = await started(stage, configOf({}, {}, { p: asking }));
    expect(engine.extensions.map(({ name, state }) => [name, state])).toEqual([
      ['auth', 'serving'],
      ['spare', 'serving'],
    ]);
    await engine.stop();
  });

  it('of the engine is created and started when the constructor of a node asks for it by name', async () => {
    const stage = new Stage();
    const asking = pipeline('p', 'auth', { auth: active() });
    Object.assign((asking as { nodes: { in: { config: object } } }).nodes.in.config, { asks: ['spare'] });
    const engine = await started(stage, configOf({ spare: active() }, {}, { p: asking }));
    expect(engine.extensions.map(({ name, state }) => [name, state])).toEqual([
      ['spare', 'serving'],
      ['auth', 'serving'],
    ]);
    await engine.stop();
  });
});

describe('readiness_timeout', () => {
  const text = (declaration: string): string => `version: otel_dataflow/v1
groups:
  edge:
    pipelines:
      main:
        extensions:
          auth: ${declaration}
        nodes:
          in: { type: urn:test:receiver:asking, config: { name: in } }
          out: { type: urn:test:exporter:asking, config: { name: out }, capabilities: { bearer_token_provider: auth } }
        connections: [{ from: in, to: out }]
`;

  it('is how long one instance may take, in place of what its class says', async () => {
    const stage = new Stage();
    const declaration =
      '{ type: urn:test:extension:active, readiness_timeout: 12s, config: { ready_ms: -1 } }';
    const engine = await Engine.fromConfig(`yaml:${text(declaration)}`, stageOptions(stage));
    const failed = rejection(engine.start());
    await stage.clock.advance(11_999);
    expect(stage.journal.events).toEqual(['auth starts']);
    await stage.clock.advance(1);
    expect((await failed).message).toContain(
      "extension 'auth' (urn:test:extension:active) of pipeline 'edge/main' was not ready within 12 s",
    );
  });

  it('is not zero, and is a duration', async () => {
    for (const wrong of ['0s', 'soon', '-1s']) {
      const declaration = `{ type: urn:test:extension:active, readiness_timeout: ${wrong} }`;
      expect(await complaints(text(declaration))).toMatch(/:7:71: error\[invalid_value\]/);
    }
    expect(await complaints(text('{ type: urn:test:extension:active, readiness_timeout: 1ms }'))).toBe('');
  });

  it('has no meaning for a type without a barrier', async () => {
    expect(await complaints(text('{ type: urn:test:extension:passive, readiness_timeout: 1s }'))).toContain(
      'error[invalid_value] urn:test:extension:passive has no readiness barrier, so there is nothing to wait for; ' +
        'remove readiness_timeout',
    );
  });
});
