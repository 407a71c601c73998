import { describe, expect, it } from '@jest/globals';
import {
  BearerTokenAuthorizer,
  BearerTokenProvider,
  type ExtensionTrait,
  Secret,
} from '../../src/authoring.js';
import { Capabilities } from '../../src/extension/capabilities.js';
import type { ExtensionScope } from '../../src/extension/extension-scope.js';
import { Each, Passive, plansOf, Stage, thrown } from '../fixtures/timed-extensions.js';

/** What a node of that name gets that binds an extension. */
function consumer(
  name: string,
  { registry }: ExtensionScope,
  extension = 'x',
  traits: readonly ExtensionTrait<unknown>[] = [BearerTokenProvider, BearerTokenAuthorizer],
): Capabilities {
  const plan = new Map(traits.map((trait) => [trait, extension]));
  return new Capabilities({ kind: 'exporter', id: name, namespace: `g/p/exporter/${name}` }, plan, registry);
}

/** The next token that a consumer gets: the instance's name and how often it was asked. */
const tokenOf = async (capabilities: Capabilities, name?: string): Promise<string> =>
  (await capabilities.getExtension(BearerTokenProvider, name).getToken()).secret.reveal();

describe('an extension with one instance', () => {
  it('is built once, however many bind it', () => {
    const stage = new Stage();
    const scope = stage.scope(plansOf({ x: { class: Passive } }));
    for (const name of ['a', 'b', 'c']) consumer(name, scope);
    expect(stage.journal.built).toEqual(['t']);
  });

  it('has state that all its consumers share', async () => {
    const scope = new Stage().scope(plansOf({ x: { class: Passive } }));
    const [a, b] = [consumer('a', scope), consumer('b', scope)];
    expect(await tokenOf(a)).toBe('t#1');
    expect(await tokenOf(b)).toBe('t#2');
    expect(await tokenOf(a)).toBe('t#3');
  });

  it('has state that its own life changes and its consumers see', async () => {
    const stage = new Stage();
    const scope = stage.scope(plansOf({ x: {} }));
    const a = consumer('a', scope);
    await scope.lifecycle.start();
    const active = scope.registry.own('x')?.bundle?.active as unknown as { answered: number };
    active.answered = 41;
    expect(await tokenOf(a)).toBe('t#42');
    await scope.lifecycle.stop();
  });
});

describe('an extension with an instance per consumer', () => {
  it('is built once for each component that binds it, and not before', () => {
    const stage = new Stage();
    const scope = stage.scope(plansOf({ x: { class: Each } }));
    expect(stage.journal.built).toEqual([]);
    consumer('a', scope);
    consumer('b', scope);
    expect(stage.journal.built).toEqual(['t', 't']);
    expect(scope.registry.own('x')?.size).toBe(2);
  });

  it('gives each consumer state of its own', async () => {
    const scope = new Stage().scope(plansOf({ x: { class: Each } }));
    const [a, b] = [consumer('a', scope), consumer('b', scope)];
    expect(await tokenOf(a)).toBe('t#1');
    expect(await tokenOf(a)).toBe('t#2');
    expect(await tokenOf(b)).toBe('t#1');
  });

  it('gives one consumer the same instance, however it asks and for whichever trait', async () => {
    const stage = new Stage();
    const scope = stage.scope(plansOf({ x: { class: Each } }));
    const a = consumer('a', scope);
    expect(await tokenOf(a)).toBe('t#1');
    expect(await tokenOf(a, 'x')).toBe('t#2');
    expect(await tokenOf(consumer('a', scope))).toBe('t#3');
    await a.getExtension(BearerTokenAuthorizer).authorize(new Secret('someone'));
    expect(stage.journal.built).toHaveLength(1);
  });

  it('gives instances of another such extension one each of its own', async () => {
    const stage = new Stage();
    const scope = stage.scope(
      plansOf({ x: { class: Each, uses: ['y'] }, y: { class: Each, config: { token: 'inner' } } }),
    );
    consumer('a', scope);
    consumer('b', scope);
    expect(stage.journal.built).toEqual(['inner', 't', 'inner', 't']);
  });

  it('is an instance for each pipeline that binds it from a wider scope', () => {
    const stage = new Stage();
    const engine = stage.scope(plansOf({ x: { class: Each } }, {}), undefined, {});
    for (const pipeline of ['p', 'q']) {
      const scope = stage.scope([], engine, { group: 'g', pipeline });
      const namespace = `g/${pipeline}/exporter/out`;
      new Capabilities(
        { kind: 'exporter', id: 'out', namespace },
        new Map([[BearerTokenProvider, 'x']]),
        scope.registry,
      );
    }
    expect(stage.journal.built).toHaveLength(2);
  });

  it('fails the consumer with what its constructor threw', () => {
    const scope = new Stage().scope(plansOf({ x: { class: Each, config: { breaks: 'no address' } } }));
    expect(thrown(() => consumer('a', scope)).message).toBe(
      "extension 'x' (urn:test:extension:each) of pipeline 'g/p' could not be created: no address",
    );
  });

  it('has no life of its own: it is neither started nor stopped', async () => {
    const stage = new Stage();
    const scope = stage.scope(plansOf({ x: { class: Each } }));
    consumer('a', scope);
    await scope.lifecycle.start();
    expect(await scope.lifecycle.stop()).toEqual([]);
    expect(stage.journal.lines).toEqual([]);
  });
});
