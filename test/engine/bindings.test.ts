import { describe, expect, it } from '@jest/globals';
import { BearerTokenAuthorizer, BearerTokenProvider, RateLimiter, Secret } from '../../src/authoring.js';
import { builtIns } from '../../src/builtins.js';
import { formatDiagnostics } from '../../src/config/report.js';
import { Engine } from '../../src/distribution.js';
import { planEngine } from '../../src/engine/plan.js';
import { ProviderOnly } from '../fixtures/extensions.js';
import { Stage, stageOptions, thrown, timedComponents } from '../fixtures/timed-extensions.js';

interface Bindings {
  readonly in?: object;
  readonly between?: object;
  readonly out?: object;
}

/** A receiver, a processor and an exporter, each with what it binds. */
const configOf = (extensions: object, bindings: Bindings): object => ({
  version: 'otel_dataflow/v1',
  groups: {
    g: {
      pipelines: {
        p: {
          extensions,
          nodes: {
            in: { type: 'urn:test:receiver:asking', config: { name: 'in' }, capabilities: bindings.in ?? {} },
            between: {
              type: 'urn:test:processor:asking',
              config: { name: 'between' },
              capabilities: bindings.between ?? {},
            },
            out: {
              type: 'urn:test:exporter:asking',
              config: { name: 'out' },
              capabilities: bindings.out ?? {},
            },
          },
          connections: [
            { from: 'in', to: 'between' },
            { from: 'between', to: 'out' },
          ],
        },
      },
    },
  },
});

const type = (id: string): { readonly type: string } => ({ type: `urn:test:extension:${id}` });

const tokens = { bearer_token_provider: 'auth' };

async function running(extensions: object, bindings: Bindings) {
  const stage = new Stage();
  const engine = await Engine.fromConfig(configOf(extensions, bindings), stageOptions(stage));
  await engine.start();
  const effect = (node: string) => {
    const found = stage.journal.effects.get(node);
    if (found === undefined) throw new Error(`there is no node '${node}'`);
    return found;
  };
  return { stage, engine, effect };
}

/** Everything that is wrong with a configuration, without its text. */
async function complaints(extensions: object, bindings: Bindings, without?: string): Promise<string> {
  const exports = [...timedComponents, ProviderOnly].filter(({ name }) => name !== without);
  const { diagnostics, sources } = await planEngine({
    sources: [{ value: configOf(extensions, bindings) }],
    env: {},
    components: [builtIns, { origin: 'the test', exports }],
    plugins: [],
    directory: '.',
  });
  return formatDiagnostics(diagnostics.sorted(), sources);
}

describe('a node', () => {
  it('of any kind gets what it binds: a receiver, a processor and an exporter share one instance', async () => {
    const { engine, effect } = await running(
      { auth: type('passive') },
      { in: tokens, between: tokens, out: tokens },
    );
    const seen: string[] = [];
    for (const node of ['in', 'between', 'out']) {
      const token = await effect(node).getExtension(BearerTokenProvider).getToken();
      seen.push(token.secret.reveal());
    }
    expect(seen).toEqual(['t#1', 't#2', 't#3']);
    await engine.stop();
  });

  it('has its extensions from its constructor on, before any of them has started', async () => {
    const stage = new Stage();
    const config = configOf({ auth: type('active') }, { in: tokens });
    const engine = await Engine.fromConfig(config, stageOptions(stage));
    expect(stage.journal.effects.get('in')?.getExtension(BearerTokenProvider)).toBeDefined();
    expect(stage.journal.events).toEqual([]);
    await engine.start();
    expect(stage.journal.events).toEqual(['auth starts', 'auth ready', 'in takes data']);
    await engine.stop();
    expect(stage.journal.events.slice(3)).toEqual(['in takes no more', 'auth told', 'auth stopped']);
  });

  it('that may do without finds nothing when nothing provides it: a processor and an exporter', async () => {
    const { engine, effect } = await running({}, {});
    for (const node of ['between', 'out']) {
      expect(effect(node).findExtension(BearerTokenProvider)).toBeUndefined();
      expect(thrown(() => effect(node).getExtension(BearerTokenProvider)).message).toContain(
        `'${node}' asks for bearer_token_provider, which is bound to no extension`,
      );
    }
    await engine.stop();
  });

  it('binds each trait to an extension of its own', async () => {
    const { engine, effect } = await running(
      {
        auth: { ...type('passive'), config: { token: 'auth' } },
        guard: { ...type('passive'), config: { token: 'guard' } },
      },
      { out: { bearer_token_provider: 'auth', bearer_token_authorizer: 'guard' } },
    );
    const token = await effect('out').getExtension(BearerTokenProvider).getToken();
    const decision = await effect('out').getExtension(BearerTokenAuthorizer).authorize(new Secret('x'));
    expect([token.secret.reveal(), decision]).toEqual([
      'auth#1',
      { allowed: true, identity: { subject: 'guard knows x' } },
    ]);
    await engine.stop();
  });

  it('looks up nothing after the engine has stopped', async () => {
    const { engine, effect } = await running({ auth: type('passive') }, { out: tokens });
    await engine.stop();
    expect(thrown(() => effect('out').getExtension(BearerTokenProvider)).message).toContain(
      'asks for bearer_token_provider after its pipeline has stopped',
    );
  });
});

describe('a binding that would have no effect', () => {
  const limiter = { rate_limiter: 'auth' };

  it('is refused for a receiver', async () => {
    expect(await complaints({ auth: type('passive') }, { in: limiter, out: tokens })).toContain(
      'groups.g.pipelines.p.nodes.in.capabilities.rate_limiter: error[unused_capability] ' +
        'urn:test:receiver:asking does not use rate_limiter, so the binding would have no effect; ' +
        'it uses bearer_token_provider, bearer_token_authorizer',
    );
  });

  it('is refused for a processor', async () => {
    expect(await complaints({ auth: type('passive') }, { between: limiter, out: tokens })).toContain(
      'error[unused_capability] urn:test:processor:asking does not use rate_limiter',
    );
  });

  it('is refused for an exporter', async () => {
    expect(await complaints({ auth: type('passive') }, { in: tokens, out: limiter })).toContain(
      'error[unused_capability] urn:test:exporter:asking does not use rate_limiter',
    );
  });

  it('is refused for an extension', async () => {
    const auth = { ...type('passive'), capabilities: { [RateLimiter.name]: 'auth' } };
    expect(await complaints({ auth }, { out: tokens })).toContain(
      'groups.g.pipelines.p.extensions.auth.capabilities.rate_limiter: error[unused_capability]',
    );
  });
});

describe('a binding to an extension', () => {
  it('that runs in the background is refused, for it provides nothing', async () => {
    expect(await complaints({ auth: type('background') }, { out: tokens })).toContain(
      "error[trait_not_implemented] exporter 'out' asks extension 'auth' for bearer_token_provider: " +
        'urn:test:extension:background provides no trait at all; bearer_token_provider is provided by ',
    );
  });

  it('names the types that provide the trait, and those only that are loaded', async () => {
    const asked = [{ auth: type('background') }, { out: tokens }] as const;
    expect(await complaints(...asked)).toContain('urn:test:extension:passive');
    expect(await complaints(...asked, 'Passive')).not.toContain('urn:test:extension:passive');
  });

  it('says nothing of other types when none that is loaded provides the trait', async () => {
    const { diagnostics } = await planEngine({
      sources: [{ value: configOf({ auth: type('background') }, { out: tokens }) }],
      env: {},
      components: [
        {
          origin: 'the test',
          exports: timedComponents.filter(({ name }) => /^(Asking|Background)/.test(name)),
        },
      ],
      plugins: [],
      directory: '.',
    });
    expect(diagnostics.sorted().map(({ message }) => message)).toEqual([
      "exporter 'out' asks extension 'auth' for bearer_token_provider: urn:test:extension:background provides no trait at all",
    ]);
  });

  it('makes it used as soon as one node binds one of its traits, whatever the others do', async () => {
    const { engine, stage } = await running(
      { auth: type('active') },
      { between: { bearer_token_authorizer: 'auth' } },
    );
    expect(engine.extensions).toMatchObject([{ name: 'auth', state: 'serving' }]);
    expect(stage.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    await engine.stop();
  });
});

describe('the name of an extension', () => {
  it('stands once in a scope: a second one is an error with both lines', async () => {
    const { diagnostics } = await planEngine({
      sources: [
        `yaml:version: otel_dataflow/v1
engine:
  extensions:
    auth: { type: urn:test:extension:passive }
    auth: { type: urn:test:extension:active }
groups: {}
`,
      ],
      env: {},
      components: [builtIns, { origin: 'the test', exports: timedComponents }],
      plugins: [],
      directory: '.',
    });
    const found = diagnostics.sorted().map(({ code, message, location }) => [code, message, location?.line]);
    expect(found).toContainEqual([
      'duplicate_key',
      "the key 'auth' stands twice in this map, first in line 4",
      5,
    ]);
  });
});
