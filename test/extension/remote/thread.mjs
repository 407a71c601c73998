// One end of a port in a thread of its own, for worker-threads.test.ts. Needs the built package.
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { HandleTarget } from '../../../dist/extension/handle-target.js';
import { RemoteClient } from '../../../dist/extension/remote/client.js';
import { serveRemoteCalls } from '../../../dist/extension/remote/server.js';
import { TraitError } from '../../../dist/extension/trait-error.js';
import { traits } from '../../../dist/traits/index.js';

const { port, role, trait: name } = workerData;
const trait = traits.find((candidate) => candidate.name === name);
const ref = { scope: {}, extension: 'x', trait: name, consumer: '' };

/** Began at another moment than that of any other thread. */
const clock = { now: () => performance.now() - 5_000_000 };

const stuck = {
  get: () => new Promise(() => {}),
  entries: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
};

const roles = {
  /** Says when a token expires, on the clock of this thread. */
  async expiry(provider) {
    const { expiresAt } = await provider.getToken();
    return { expiresAt, now: clock.now() };
  },

  /** Asks many times, one after the other. */
  async tokens(provider) {
    const seen = new Set();
    for (let asked = 0; asked < 100; asked++) {
      seen.add((await provider.getToken()).secret.reveal());
      await turn();
    }
    return [...seen];
  },

  /** Gives each token that becomes current, as it comes. */
  async follow(provider) {
    for await (const token of provider.tokenStream()) {
      parentPort.postMessage({
        token: token.secret.reveal(),
        near: (await provider.getToken()).secret.reveal(),
      });
    }
    return 'end';
  },

  /** Says what a store gives, and how it fails. */
  async store(store) {
    const value = new Uint8Array(100_000).fill(1);
    await store.set('large', value);
    const keys = [];
    for await (const { key } of store.entries('')) keys.push(key);
    const failure = await store.get('broken').catch((error) => error);
    return {
      kept: value.byteLength,
      keys: keys.length,
      ordered: keys.every((key, index) => index === 0 || key > keys[index - 1]),
      read: (await store.get('large')).byteLength,
      failure: [failure instanceof TraitError, failure.message, failure.retryable],
    };
  },

  /** Says what it is like to be told of headers that hold secrets. */
  async headers(middleware) {
    const headers = new Map([['authorization', 'hunter2']]);
    const [change] = await middleware.changeHeaders({
      metadata: { names: () => headers.keys(), reveal: (key) => headers.get(key) },
    });
    return { shown: inspect(change), revealed: change.value.reveal() };
  },

  /** Has a call and a stream open until it is ended from outside. */
  async open(store) {
    void store.get('key').catch(() => {});
    void store
      .entries('')
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {});
    await new Promise(() => setInterval(() => {}, 1_000_000));
  },
};

if (role === 'host') {
  serveRemoteCalls(port, { find: () => ({ trait, target: { current: stuck, counted: (call) => call } }) });
  parentPort.on('message', () => {});
  parentPort.postMessage('serves');
} else {
  const client = new RemoteClient(port, clock);
  parentPort.on('message', () => {});
  const target = new HandleTarget(client.instance(ref, trait));
  const result = await roles[role](trait.handle(target, { namespace: 'default/main/exporter/out' }));
  parentPort.postMessage({ result });
  client.close('the thread has done what it was for');
  parentPort.close();
}
