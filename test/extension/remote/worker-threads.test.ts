import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import {
  BearerToken,
  BearerTokenProvider,
  type ExtensionTrait,
  HttpClientMiddleware,
  KeyValueStore,
  LatestToken,
  Secret,
  TraitError,
} from '../../../src/authoring.js';
import { HandleTarget } from '../../../src/extension/handle-target.js';
import { RemoteClient } from '../../../src/extension/remote/client.js';
import { type RemoteServer, serveRemoteCalls } from '../../../src/extension/remote/server.js';
import { refOf, thrownBy, until } from './connected.js';

const threadFile = new URL('./thread.mjs', import.meta.url);

interface Thread {
  readonly worker: Worker;
  readonly server: RemoteServer;
  /** What it says in the end. */
  readonly result: Promise<unknown>;
}

/** A thread that does what a role of `thread.mjs` says with an instance of this one. */
function thread<T extends object>(role: string, trait: ExtensionTrait<T>, instance: T): Thread {
  const { port1, port2 } = new MessageChannel();
  const target = new HandleTarget<object>(instance);
  const server = serveRemoteCalls(port1, { find: () => ({ trait, target }) });
  const worker = new Worker(threadFile, {
    workerData: { port: port2, role, trait: trait.name },
    transferList: [port2],
  });
  const result = new Promise<unknown>((resolve, reject) => {
    worker.on('message', (message: object) => {
      if ('result' in message) resolve(message.result);
    });
    worker.on('error', reject);
  });
  return { worker, server, result };
}

const stream = (latest: LatestToken): BearerTokenProvider => ({
  getToken: async () => latest.usable() ?? Promise.reject(new Error('no token')),
  tokenStream: () => latest.stream(),
});

describe('a worker thread', () => {
  it('reads the expiry of a token on its own clock, wherever that began', async () => {
    const latest = new LatestToken(() => performance.now());
    const expiresAt = performance.now() + 600_000;
    latest.publish(new BearerToken('t', expiresAt));
    const before = performance.now();
    const { result } = thread('expiry', BearerTokenProvider, stream(latest));
    const there = (await result) as { readonly expiresAt: number; readonly now: number };
    const after = performance.now();
    const left = there.expiresAt - there.now;
    // The clocks of two threads are read one after the other, so up to a millisecond is nobody's.
    expect(left).toBeLessThanOrEqual(expiresAt - before + 1);
    expect(left).toBeGreaterThanOrEqual(expiresAt - after - 1);
  });

  it('asks a provider once, and then not at all, also when four of them share it', async () => {
    const latest = new LatestToken(() => performance.now());
    latest.publish(new BearerToken('one'));
    let asked = 0;
    const provider: BearerTokenProvider = {
      getToken: () => {
        asked++;
        return stream(latest).getToken();
      },
      tokenStream: () => latest.stream(),
    };
    const threads = [1, 2, 3, 4].map(() => thread('tokens', BearerTokenProvider, provider));
    for (const { result } of threads) expect(await result).toEqual(['one']);
    expect(asked).toBe(4);
  });

  it('hears at once of a token that was replaced early', async () => {
    const latest = new LatestToken(() => performance.now());
    latest.publish(new BearerToken('one'));
    const { worker, result } = thread('follow', BearerTokenProvider, stream(latest));
    expect(await once(worker, 'message')).toEqual([{ token: 'one', near: 'one' }]);
    latest.publish(new BearerToken('two'));
    expect(await once(worker, 'message')).toEqual([{ token: 'two', near: 'two' }]);
    latest.close();
    expect(await result).toBe('end');
  });

  it('uses a store through its handle, with values, streams and errors', async () => {
    const values = new Map<string, Uint8Array>();
    const unused = async (): Promise<never> => Promise.reject(new Error('not used here'));
    const store: KeyValueStore = {
      getMany: unused,
      delete: unused,
      batch: unused,
      get: async (key) => {
        if (key.endsWith(':broken'))
          throw new TraitError('x', 'key_value_store', 'the disk is full', { retryable: false });
        return values.get(key);
      },
      set: async (key, value) => {
        values.set(key, value);
      },
      entries: async function* (prefix) {
        for (let number = 10_000; number < 20_000; number++) {
          yield { key: `${prefix}${number}`, value: new Uint8Array(10) };
        }
      },
    };
    const { server, result } = thread('store', KeyValueStore, store);
    expect(await result).toEqual({
      kept: 100_000,
      keys: 10_000,
      ordered: true,
      read: 100_000,
      failure: [true, "extension 'x' (key_value_store): the disk is full", false],
    });
    // What the handle makes of a key, it makes in the worker.
    expect([...values.keys()]).toEqual(['default/main/exporter/out:large']);
    await until(() => server.inFlight === 0);
  });

  it('gets secrets as secrets', async () => {
    const { result } = thread('headers', HttpClientMiddleware, {
      changeHeaders: async ({ metadata }) => [
        { action: 'upsert', name: 'x', value: new Secret(metadata?.reveal('authorization') ?? '') },
      ],
    });
    expect(await result).toEqual({
      shown: "{ action: 'upsert', name: 'x', value: [REDACTED] }",
      revealed: 'hunter2',
    });
  });

  it('that is ended leaves nothing open at the instance, though nobody closes its port', async () => {
    let open = 0;
    const store = {
      get: () => new Promise<never>(() => {}),
      entries: () => {
        open++;
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise<never>(() => {}),
            return: async () => {
              open--;
              return { done: true, value: undefined };
            },
          }),
        };
      },
    };
    for (let round = 0; round < 5; round++) {
      const { worker, server } = thread('open', KeyValueStore, store as unknown as KeyValueStore);
      await until(() => server.inFlight === 2);
      expect(open).toBe(1);
      await worker.terminate();
      await until(() => server.inFlight === 0);
      expect(open).toBe(0);
    }
  });
});

describe('a thread that hosts', () => {
  it('fails the calls and streams of others when it is ended', async () => {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(threadFile, {
      workerData: { port: port1, role: 'host', trait: KeyValueStore.name },
      transferList: [port1],
    });
    await once(worker, 'message');
    const client = new RemoteClient(port2);
    const store = client.instance(refOf(KeyValueStore), KeyValueStore);
    const failing = [store.get('key'), store.entries('')[Symbol.asyncIterator]().next()].map(thrownBy);
    await worker.terminate();
    for (const error of await Promise.all(failing)) {
      expect(error).toBeInstanceOf(TraitError);
      expect((error as TraitError).retryable).toBe(true);
    }
    expect(client.inFlight).toBe(0);
  });
});
