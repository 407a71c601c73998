import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider, type ExtensionTrait } from '../../src/authoring.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import type { ExtensionScope } from '../../src/extension/extension-scope.js';
import type { ScopeName } from '../../src/extension/scope.js';
import { namespaceOf, scopeLabel } from '../../src/extension/scope.js';
import { Passive, plansOf, Stage, thrown } from '../fixtures/timed-extensions.js';

const passive = (token: string) => ({ class: Passive, config: { token } });

/** The engine with a group and two pipelines, each with its own `near`. */
function nested(stage: Stage) {
  const group: ScopeName = { group: 'g' };
  const engine = stage.scope(plansOf({ near: passive('engine'), far: passive('far') }, {}));
  const edge = stage.scope(plansOf({ near: passive('group') }, group), engine);
  const main = { group: 'g', pipeline: 'main' };
  const pipeline = stage.scope(plansOf({ near: passive('pipeline') }, main), edge);
  const bare = stage.scope([], edge, { group: 'g', pipeline: 'bare' });
  return { engine, edge, pipeline, bare };
}

function consumerIn({ registry }: ExtensionScope, plan: readonly [ExtensionTrait<unknown>, string][] = []) {
  const consumer = { kind: 'exporter', id: 'out', namespace: 'g/main/exporter/out' };
  return new Capabilities(consumer, new Map(plan), registry);
}

async function tokenFrom(scope: ExtensionScope, name: string): Promise<string> {
  const token = await consumerIn(scope).getExtension(BearerTokenProvider, name).getToken();
  return token.secret.reveal();
}

describe('a scope', () => {
  it('finds the nearest extension of a name, its own before those of wider scopes', async () => {
    const { engine, edge, pipeline, bare } = nested(new Stage());
    expect(await tokenFrom(pipeline, 'near')).toBe('pipeline#1');
    expect(await tokenFrom(bare, 'near')).toBe('group#1');
    expect(await tokenFrom(edge, 'near')).toBe('group#2');
    expect(await tokenFrom(engine, 'near')).toBe('engine#1');
    expect(await tokenFrom(pipeline, 'far')).toBe('far#1');
  });

  it('shares what is declared in a wider one: one instance for all pipelines', async () => {
    const stage = new Stage();
    const { pipeline, bare } = nested(stage);
    expect(await tokenFrom(pipeline, 'far')).toBe('far#1');
    expect(await tokenFrom(bare, 'far')).toBe('far#2');
    expect(stage.journal.built.filter((token) => token === 'far')).toHaveLength(1);
  });

  it('knows nothing of narrower ones, nor of those beside it', () => {
    const stage = new Stage();
    const engine = stage.scope([], undefined, {});
    const [p, q] = ['p', 'q'].map((pipeline) =>
      stage.scope(plansOf({ [`only_${pipeline}`]: passive('x') }, { group: 'g', pipeline }), engine),
    ) as [ExtensionScope, ExtensionScope];
    const look = (scope: ExtensionScope) => () =>
      consumerIn(scope).getExtension(BearerTokenProvider, 'only_q');
    expect(look(q)).not.toThrow();
    expect(thrown(look(p)).message).toContain('no extension has that name here');
    expect(thrown(look(engine)).message).toContain('no extension has that name here');
  });

  it('names all that can be seen, the nearest first, when nothing has the name', () => {
    const { pipeline } = nested(new Stage());
    expect(
      thrown(() => consumerIn(pipeline).getExtension(BearerTokenProvider, 'elsewhere')).message,
    ).toContain("declared are 'near', 'far'");
  });

  it('creates an extension that nothing binds when a constructor asks for it by name', () => {
    const stage = new Stage();
    const scope = stage.scope(
      plansOf({ a: { config: { asks: ['b'] } }, b: { used: false, ...passive('b') } }),
    );
    expect(scope.registry.own('b')?.isCreated).toBe(true);
    expect(stage.journal.built).toEqual(['b', 't']);
  });

  it('creates nothing late that would have to be started, and says what to do', () => {
    const stage = new Stage();
    const scope = stage.scope(
      plansOf({ active: { used: false }, passive: { used: false, ...passive('p') } }),
    );
    scope.registry.seal();
    const late = consumerIn(scope);
    expect(thrown(() => late.getExtension(BearerTokenProvider, 'active')).message).toBe(
      "exporter 'out' asks extension 'active' for bearer_token_provider: nothing binds it, so it was not started; " +
        'bind it under capabilities:, or ask for it in the constructor',
    );
    expect(late.getExtension(BearerTokenProvider, 'passive')).toBeDefined();
  });

  it('gives its extensions a logger that says where they are', () => {
    const stage = new Stage();
    const { pipeline } = nested(stage);
    pipeline.logger.info('here');
    expect(stage.logger.lines).toEqual([
      { level: 'info', message: 'here', fields: { group: 'g', pipeline: 'main' } },
    ]);
  });

  it('stops alone: those beside it and around it go on', async () => {
    const stage = new Stage();
    const engine = stage.scope(plansOf({ outer: {} }, {}));
    const [p, q] = ['p', 'q'].map((pipeline) =>
      stage.scope(plansOf({ [pipeline]: {} }, { group: 'g', pipeline }), engine),
    ) as [ExtensionScope, ExtensionScope];
    for (const { lifecycle } of [engine, p, q]) await lifecycle.start();
    await p.lifecycle.stop();
    const states = [engine, p, q].map(({ lifecycle }) => lifecycle.statuses[0]?.state);
    expect(states).toEqual(['serving', 'stopped', 'serving']);
    for (const { lifecycle } of [q, engine]) await lifecycle.stop();
  });
});

describe('the name of a scope', () => {
  it('is said in words', () => {
    expect(scopeLabel({})).toBe('the engine');
    expect(scopeLabel({ group: 'edge' })).toBe("group 'edge'");
    expect(scopeLabel({ group: 'edge', pipeline: 'main' })).toBe("pipeline 'edge/main'");
  });

  it('makes the namespace of a component, the same in every run', () => {
    expect(namespaceOf({}, 'extension', 'a')).toBe('extension/a');
    expect(namespaceOf({ group: 'g' }, 'extension', 'a')).toBe('g/extension/a');
    expect(namespaceOf({ group: 'g', pipeline: 'p' }, 'exporter', 'out')).toBe('g/p/exporter/out');
  });
});
