import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider } from '../../src/authoring.js';
import { ConfigError } from '../../src/config/config-error.js';
import { Engine } from '../../src/distribution.js';
import { planEngine } from '../../src/engine/plan.js';
import { compare } from '../../src/engine/reload.js';
import { rejection, Stage, stageOptions } from '../fixtures/timed-extensions.js';

const type = 'urn:test:extension:active';

interface Extensions {
  readonly engine?: object;
  readonly group?: object;
  readonly pipeline?: object;
}

/** An engine with one pipeline whose exporter binds `auth`. */
const configOf = ({ engine = {}, group = {}, pipeline = {} }: Extensions): object => ({
  version: 'otel_dataflow/v1',
  engine: { extensions: engine },
  groups: {
    edge: {
      extensions: group,
      pipelines: {
        main: {
          extensions: pipeline,
          nodes: {
            in: { type: 'urn:test:receiver:asking', config: { name: 'in' } },
            out: {
              type: 'urn:test:exporter:asking',
              config: { name: 'out' },
              capabilities: { bearer_token_provider: 'auth' },
            },
          },
          connections: [{ from: 'in', to: 'out' }],
        },
      },
    },
  },
});

const auth = (config: object = {}): object => ({ auth: { type, config } });

async function running(config: object): Promise<{ readonly stage: Stage; readonly engine: Engine }> {
  const stage = new Stage();
  const engine = await Engine.fromConfig(config, stageOptions(stage));
  await engine.start();
  return { stage, engine };
}

async function tokenOf({ journal }: Stage): Promise<string | undefined> {
  const token = await journal.effects.get('out')?.getExtension(BearerTokenProvider).getToken();
  return token?.secret.reveal();
}

interface Shuffled {
  readonly nodes: object;
}

const main = { group: 'edge', pipeline: 'main' };

describe('replaceExtension', () => {
  it.each([
    ['the engine', {}, { engine: auth() }],
    ['a group', { group: 'edge' }, { group: auth() }],
    ['a pipeline', main, { pipeline: auth() }],
  ])('replaces an extension of %s while everything else runs', async (_, scope, extensions) => {
    const { stage, engine } = await running(configOf(extensions));
    const handle = stage.journal.effects.get('out')?.getExtension(BearerTokenProvider);
    await engine.replaceExtension(scope, 'auth', { token: 'new' });
    expect(await tokenOf(stage)).toBe('new#1');
    expect((await handle?.getToken())?.secret.reveal()).toBe('new#2');
    expect(engine.extensions).toMatchObject([{ name: 'auth', scope, replacements: 1, retiring: 1 }]);
    await engine.stop();
  });

  it('leaves what runs when the schema refuses the configuration, and says where', async () => {
    const { stage, engine } = await running(configOf({ group: auth({ token: 'old' }) }));
    const error = await rejection(engine.replaceExtension({ group: 'edge' }, 'auth', { tokn: 'new' }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain('groups.edge.extensions.auth.config.tokn');
    expect(await tokenOf(stage)).toBe('old#1');
    await engine.stop();
  });

  it('leaves what runs when the configuration does not go with what the extension binds', async () => {
    const lender = { lender: { type: 'urn:test:extension:passive' } };
    const borrower = { auth: { type, capabilities: { bearer_token_provider: 'lender' } } };
    const bound = await running(configOf({ group: { ...lender, ...borrower } }));
    await bound.engine.replaceExtension({ group: 'edge' }, 'auth', { token: 'lent' });
    await bound.engine.stop();
    const { stage, engine } = await running(configOf({ group: auth({ token: 'old' }) }));
    const error = await rejection(engine.replaceExtension({ group: 'edge' }, 'auth', { token: 'lent' }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(
      'groups.edge.extensions.auth.config.token: error[invalid_value] a token that is lent needs a bearer_token_provider',
    );
    expect(await tokenOf(stage)).toBe('old#1');
    await engine.stop();
  });

  it('leaves what runs when the new one cannot serve, and the engine does not fail', async () => {
    const { stage, engine } = await running(configOf({ pipeline: auth({ token: 'old' }) }));
    let failed = false;
    void engine.failed.then(() => {
      failed = true;
    });
    expect((await rejection(engine.replaceExtension(main, 'auth', { fails_ms: 0 }))).message).toBe(
      `extension 'auth' (${type}) of pipeline 'edge/main' failed to start: the lease was lost; ` +
        "extension 'auth' of pipeline 'edge/main' was not replaced and serves as before",
    );
    expect(await tokenOf(stage)).toBe('old#1');
    expect(failed).toBe(false);
    await engine.stop();
  });

  it('brings back one that has failed', async () => {
    const { stage, engine } = await running(configOf({ pipeline: auth({ fails_ms: 50 }) }));
    await stage.clock.advance(50);
    await engine.failed;
    await engine.replaceExtension(main, 'auth', { token: 'new' });
    expect(await tokenOf(stage)).toBe('new#1');
    expect(engine.extensions).toMatchObject([{ state: 'serving', replacements: 1, ended: { failed: 1 } }]);
    await engine.stop();
    expect(engine.extensions).toMatchObject([{ state: 'stopped', ended: { failed: 1, stopped: 1 } }]);
  });

  it('names what there is when there is no such scope or no such extension', async () => {
    const { engine } = await running(configOf({ engine: auth() }));
    expect((await rejection(engine.replaceExtension({ group: 'core' }, 'auth', {}))).message).toBe(
      "there is no group 'core'; there are the engine, group 'edge', pipeline 'edge/main'",
    );
    expect((await rejection(engine.replaceExtension({}, 'atuh', {}))).message).toBe(
      "the engine declares no extension 'atuh'; did you mean 'auth'?",
    );
    expect((await rejection(engine.replaceExtension(main, 'spare', {}))).message).toBe(
      "pipeline 'edge/main' declares no extension 'spare'; only what the configuration declares can be replaced",
    );
    await engine.stop();
  });

  it('says where an extension is declared that is seen in the scope, but is none of its own', async () => {
    const { engine } = await running(configOf({ engine: auth() }));
    expect((await rejection(engine.replaceExtension({ group: 'edge' }, 'auth', {}))).message).toBe(
      "group 'edge' declares no extension 'auth'; the engine declares the one that is seen there",
    );
    await engine.stop();
  });

  it('tells scopes apart whose names would read the same', async () => {
    const pipeline = (token: string): object => ({
      extensions: auth({ token }),
      nodes: {
        in: { type: 'urn:test:receiver:asking', config: { name: `${token} in` } },
        out: {
          type: 'urn:test:exporter:asking',
          config: { name: `${token} out` },
          capabilities: { bearer_token_provider: 'auth' },
        },
      },
      connections: [{ from: 'in', to: 'out' }],
    });
    const { engine } = await running({
      version: 'otel_dataflow/v1',
      groups: {
        a: { pipelines: { 'b/c': pipeline('one') } },
        'a/b': { pipelines: { c: pipeline('two') } },
      },
    });
    await engine.replaceExtension({ group: 'a/b', pipeline: 'c' }, 'auth', { token: 'new' });
    expect(engine.extensions.map(({ scope, replacements }) => [scope.group, replacements])).toEqual([
      ['a', 0],
      ['a/b', 1],
    ]);
    await engine.stop();
  });

  it.each([
    ['no scope', undefined],
    ['a text', 'edge'],
    ['a pipeline without its group', { pipeline: 'main' }],
    ['a group that is no text', { group: 1 }],
  ])('refuses %s as a scope, so that it does not mean another one', async (_, wrong) => {
    const { engine } = await running(configOf({ engine: auth() }));
    await expect(engine.replaceExtension(wrong as never, 'auth', {})).rejects.toThrow(
      "a scope is {} for the engine's, { group }, or { group, pipeline }",
    );
    await expect(engine.replaceExtension({}, undefined as never, {})).rejects.toThrow(
      'an extension is replaced by its name, a string',
    );
    await engine.stop();
  });

  it('is for an engine that runs', async () => {
    const stage = new Stage();
    const engine = await Engine.fromConfig(configOf({ engine: auth() }), stageOptions(stage));
    expect((await rejection(engine.replaceExtension({}, 'auth', {}))).message).toBe(
      'the engine is built; extensions can be replaced while it is running',
    );
    await engine.stop();
    expect((await rejection(engine.reload())).message).toBe(
      'the engine is stopped; extensions can be replaced while it is running',
    );
  });

  it('is given up when the engine stops meanwhile', async () => {
    const { stage, engine } = await running(configOf({ engine: auth() }));
    const replaced = rejection(engine.replaceExtension({}, 'auth', { ready_ms: 4_000 }));
    await stage.clock.advance(100);
    await engine.stop();
    expect((await replaced).message).toBe(
      "extension 'auth' of the engine was stopped while it was being replaced",
    );
    expect(stage.clock.pending).toBe(0);
  });
});

describe('reload', () => {
  it('replaces the extensions whose own configuration changed, and no others', async () => {
    const extensions = (token: string): Extensions => ({
      engine: { shared: { type, config: { token: 'shared' } } },
      group: auth({ token }),
    });
    const { stage, engine } = await running(configOf(extensions('old')));
    expect(await engine.reload(configOf(extensions('new')))).toEqual({
      replaced: ["extension 'auth' of group 'edge'"],
      failed: [],
      needsRestart: [],
    });
    expect(await tokenOf(stage)).toBe('new#1');
    expect(stage.journal.built).toEqual(['old', 'new']);
    await engine.stop();
  });

  it('runs after the one before it, so that the last one counts', async () => {
    const config = (token: string): object => configOf({ engine: auth({ token }) });
    const { stage, engine } = await running(config('old'));
    const reports = await Promise.all([engine.reload(config('new')), engine.reload(config('old'))]);
    expect(reports.map(({ replaced }) => replaced.length)).toEqual([1, 1]);
    expect(await tokenOf(stage)).toBe('old#1');
    expect(stage.journal.built).toEqual(['old', 'new', 'old']);
    await engine.stop();
  });

  it('sees no change in another order of bindings, nodes and connections', async () => {
    const config = configOf({ engine: auth() }) as { groups: { edge: { pipelines: { main: Shuffled } } } };
    const { stage, engine } = await running(config);
    const { main } = config.groups.edge.pipelines;
    const shuffled = { ...main, nodes: Object.fromEntries(Object.entries(main.nodes).reverse()) };
    const next = { ...config, groups: { edge: { pipelines: { main: shuffled } } } };
    expect(await engine.reload(next)).toEqual({ replaced: [], failed: [], needsRestart: [] });
    expect(stage.journal.built).toHaveLength(1);
    await engine.stop();
  });

  it('names changed plugins, which take a restart', async () => {
    const plan = async (plugins: readonly string[]) =>
      planEngine({
        sources: [{ value: { version: 'otel_dataflow/v1', engine: { plugins }, groups: {} } }],
        env: {},
        components: [],
        plugins: [],
        directory: '.',
      });
    const changes = compare([], await plan(['one']), await plan(['two'])).needsRestart;
    expect(changes).toEqual(['the plugins were changed']);
    expect(compare([], await plan(['one']), await plan(['one'])).needsRestart).toEqual([]);
  });

  it('logs the warnings of the new configuration', async () => {
    const config = configOf({ engine: auth({ token: 'old' }) });
    const { stage, engine } = await running(config);
    await engine.reload({ ...config, topics: {} });
    expect(stage.logger.lines.at(-1)).toMatchObject({ level: 'warn', fields: { code: 'no_effect' } });
    await engine.stop();
  });

  it('does nothing when nothing changed', async () => {
    const config = configOf({ engine: auth({ token: 'old' }) });
    const { stage, engine } = await running(config);
    expect(await engine.reload()).toEqual({ replaced: [], failed: [], needsRestart: [] });
    expect(stage.journal.built).toEqual(['old']);
    await engine.stop();
  });

  it('goes back to the file when an extension was replaced by a call', async () => {
    const { stage, engine } = await running(configOf({ engine: auth({ token: 'file' }) }));
    await engine.replaceExtension({}, 'auth', { token: 'call' });
    expect((await engine.reload()).replaced).toEqual(["extension 'auth' of the engine"]);
    expect(await tokenOf(stage)).toBe('file#1');
    await engine.stop();
  });

  it('replaces one whose time to become ready changed, with the new time', async () => {
    const { stage, engine } = await running(configOf({ engine: auth() }));
    const slower = configOf({
      engine: { auth: { type, readiness_timeout: '9s', config: { ready_ms: 8_000 } } },
    });
    const reloaded = engine.reload(slower);
    // The plan is made first; then the clock of the barrier runs.
    for (let tenth = 0; tenth < 100; tenth++) await stage.clock.advance(100);
    expect((await reloaded).replaced).toEqual(["extension 'auth' of the engine"]);
    await engine.stop();
  });

  it('replaces one of which nothing but the time to become ready changed', async () => {
    const waiting = (readiness_timeout: string): object =>
      configOf({ engine: { auth: { type, readiness_timeout } } });
    const { engine } = await running(waiting('5s'));
    expect((await engine.reload(waiting('6s'))).replaced).toEqual(["extension 'auth' of the engine"]);
    expect((await engine.reload(waiting('6000ms'))).replaced).toEqual([]);
    await engine.stop();
  });

  it('says that it takes a restart to use an extension that nothing used', async () => {
    const user = (capabilities: object): object =>
      configOf({
        engine: {
          ...auth(),
          spare: { type: 'urn:test:extension:passive' },
          user: { type: 'urn:test:extension:background', capabilities },
        },
      });
    const { engine } = await running(user({}));
    expect((await engine.reload(user({ bearer_token_provider: 'spare' }))).needsRestart).toEqual([
      "what extension 'spare' of the engine binds, or who binds it, was changed",
      "what extension 'user' of the engine binds, or who binds it, was changed",
    ]);
    await engine.stop();
  });

  it('replaces each after those that it uses, however they are declared and wherever', async () => {
    const using = (token: string, bearer_token_provider?: string): object => ({
      type,
      config: { token },
      ...(bearer_token_provider === undefined ? {} : { capabilities: { bearer_token_provider } }),
    });
    const config = (version: string): object =>
      configOf({
        pipeline: { auth: using(`${version} auth`, 'middle'), middle: using(`${version} middle`, 'wide') },
        group: { wide: using(`${version} wide`, 'base'), base: using(`${version} base`) },
      });
    const { stage, engine } = await running(config('old'));
    const { replaced } = await engine.reload(config('new'));
    const order = ['new base', 'new wide', 'new middle', 'new auth'];
    expect(stage.journal.built.slice(4)).toEqual(order);
    expect(replaced).toEqual([
      "extension 'base' of group 'edge'",
      "extension 'wide' of group 'edge'",
      "extension 'middle' of pipeline 'edge/main'",
      "extension 'auth' of pipeline 'edge/main'",
    ]);
    await engine.stop();
  });

  it('names one that failed and goes on with the others', async () => {
    const pipeline = (first: object, second: object): Extensions => ({
      pipeline: {
        auth: { type, config: first, capabilities: { bearer_token_provider: 'below' } },
        below: { type, config: second },
      },
    });
    const { stage, engine } = await running(configOf(pipeline({ token: 'a' }, { token: 'b' })));
    const report = await engine.reload(configOf(pipeline({ breaks: 'no address' }, { token: 'c' })));
    expect(report).toMatchObject({
      replaced: ["extension 'below' of pipeline 'edge/main'"],
      failed: [{ extension: "extension 'auth' of pipeline 'edge/main'" }],
      needsRestart: [],
    });
    expect(report.failed[0]?.error.message).toBe(
      `extension 'auth' (${type}) of pipeline 'edge/main' could not be created: no address; ` +
        "extension 'auth' of pipeline 'edge/main' was not replaced and serves as before",
    );
    expect(await tokenOf(stage)).toBe('a#1');
    await engine.stop();
  });

  it('names what takes a restart, and leaves it as it is', async () => {
    const before = configOf({
      group: { auth: { type, config: { token: 'old' } }, gone: { type: 'urn:test:extension:background' } },
      pipeline: {
        user: { type: 'urn:test:extension:background', capabilities: { bearer_token_provider: 'auth' } },
      },
    });
    const { stage, engine } = await running(before);
    const after = configOf({
      group: {
        auth: { type: 'urn:test:extension:passive' },
        come: { type: 'urn:test:extension:background' },
      },
      pipeline: { user: { type: 'urn:test:extension:background' } },
    });
    const { nodes } = (after as { groups: { edge: { pipelines: { main: { nodes: { in: object } } } } } })
      .groups.edge.pipelines.main;
    Object.assign(nodes.in, { config: { name: 'other' } });
    const report = await engine.reload(after);
    expect(report.replaced).toEqual([]);
    expect([...report.needsRestart].sort()).toEqual([
      "extension 'come' of group 'edge' was added",
      "extension 'gone' of group 'edge' was removed",
      "the nodes, connections or policies of pipeline 'edge/main' were changed",
      "the type of extension 'auth' of group 'edge' was changed",
      "what extension 'user' of pipeline 'edge/main' binds, or who binds it, was changed",
    ]);
    expect(await tokenOf(stage)).toBe('old#1');
    await engine.stop();
  });

  it('changes nothing when the configuration is wrong', async () => {
    const { stage, engine } = await running(configOf({ engine: auth({ token: 'old' }) }));
    const wrong = configOf({
      engine: { auth: { type, config: { token: 'new' } }, other: { type: 'extension:none' } },
    });
    expect(await rejection(engine.reload(wrong))).toBeInstanceOf(ConfigError);
    expect(await tokenOf(stage)).toBe('old#1');
    await engine.stop();
  });

  it('says nothing of an extension that nothing uses, which has no instance', async () => {
    const spare = (token: string): Extensions => ({
      engine: { ...auth(), spare: { type: 'urn:test:extension:passive', config: { token } } },
    });
    const { stage, engine } = await running(configOf(spare('a')));
    expect((await engine.reload(configOf(spare('b')))).replaced).toEqual([]);
    expect(stage.journal.built).toEqual(['t']);
    await engine.stop();
  });
});
