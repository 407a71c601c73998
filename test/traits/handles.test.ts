import { describe, expect, it } from '@jest/globals';
import { CallsInFlight } from '../../src/extension/calls-in-flight.js';
import { HandleTarget } from '../../src/extension/handle-target.js';
import { traits } from '../../src/traits/index.js';
import type { ExtensionTrait } from '../../src/traits/trait.js';

type Methods = Record<string, (...args: readonly unknown[]) => unknown>;

/** Arguments that the handle itself looks at; the others it hands on unseen. */
const lookedAt: Readonly<Record<string, readonly unknown[]>> = {
  'key_value_store.get': ['key'],
  'key_value_store.getMany': [['key']],
  'key_value_store.set': ['key', new Uint8Array(1)],
  'key_value_store.delete': ['key'],
  'key_value_store.batch': [[{ delete: 'key' }]],
  'key_value_store.entries': ['prefix'],
};

/** Stands behind a handle and answers each call when the test says so. */
class Instance {
  readonly calls: string[] = [];
  readonly #ended = Promise.withResolvers<void>();

  static of(trait: ExtensionTrait<unknown>): Instance & Methods {
    const instance = new Instance();
    const methods: Methods = {};
    for (const [name, behaviour] of Object.entries(trait.methods)) {
      methods[name] = () => {
        instance.calls.push(name);
        if (behaviour === 'async') return instance.#ended.promise;
        return behaviour === 'stream' ? instance.#items() : 'an answer';
      };
    }
    return Object.assign(instance, methods);
  }

  end(): void {
    this.#ended.resolve();
  }

  async *#items(): AsyncGenerator<object> {
    // What an entry of a store has; the others hand on whatever comes.
    yield { key: 'prefix/key', value: new Uint8Array(1) };
    await this.#ended.promise;
  }
}

function held(trait: ExtensionTrait<unknown>, instance: Instance) {
  const target = new HandleTarget<unknown>(instance);
  const handle = trait.handle(target, { namespace: 'default/main/exporter/out' }) as Methods;
  const call = (name: string) => handle[name]?.(...(lookedAt[`${trait.name}.${name}`] ?? []));
  return { target, call };
}

const methodsOf = (trait: ExtensionTrait<unknown>): readonly (readonly [string, unknown])[] =>
  Object.entries(trait.methods);

describe.each(traits.map((trait) => [trait.name, trait] as const))('a handle of %s', (_name, trait) => {
  it.each(methodsOf(trait))('leads %s to the instance that is current at the call', (name, behaviour) => {
    const [old, next] = [Instance.of(trait), Instance.of(trait)];
    const { target, call } = held(trait, old);
    target.move(next);
    const answer = call(name);
    // A stream is opened by whoever reads it.
    if (behaviour === 'stream') void (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
    expect([old.calls, next.calls]).toEqual([[], [name]]);
  });

  const asynchronous = methodsOf(trait).filter(([, behaviour]) => behaviour === 'async');
  if (asynchronous.length > 0) {
    it.each(asynchronous)(
      'counts %s until it has ended, so that its instance is not stopped before',
      async (name) => {
        const old = Instance.of(trait);
        const { target, call } = held(trait, old);
        const calls = new CallsInFlight();
        target.watch(calls);
        const answer = call(name);
        target.move(Instance.of(trait));
        let settled = false;
        const waiting = calls.settled().then(() => {
          settled = true;
        });
        await new Promise((resolve) => setImmediate(resolve));
        expect(settled).toBe(false);
        old.end();
        await answer;
        await waiting;
      },
    );
  }

  const ordered = asynchronous.filter(([name]) => trait.ordered.has(name));
  if (ordered.length > 0) {
    it.each(ordered)('makes a call of %s when those of the instance before have ended', async (name) => {
      const [old, next] = [Instance.of(trait), Instance.of(trait)];
      const { target, call } = held(trait, old);
      const first = call(name);
      target.move(next);
      const second = call(name);
      await new Promise((resolve) => setImmediate(resolve));
      expect([old.calls, next.calls]).toEqual([[name], []]);
      old.end();
      await first;
      await new Promise((resolve) => setImmediate(resolve));
      expect(next.calls).toEqual([name]);
      next.end();
      await second;
    });
  }

  const streams = methodsOf(trait).filter(([, behaviour]) => behaviour === 'stream');
  if (streams.length > 0) {
    it.each(streams)('goes on with the stream of %s of the next instance', async (name) => {
      const [old, next] = [Instance.of(trait), Instance.of(trait)];
      const { target, call } = held(trait, old);
      const stream = (call(name) as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      await stream.next();
      target.move(next);
      expect((await stream.next()).done).toBe(false);
      expect([old.calls, next.calls]).toEqual([[name], [name]]);
      for (const instance of [old, next]) instance.end();
    });
  }
});
