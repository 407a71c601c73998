import { MessageChannel } from 'node:worker_threads';
import { HandleTarget } from '../../../src/extension/handle-target.js';
import { RemoteClient } from '../../../src/extension/remote/client.js';
import type { ThreadClock } from '../../../src/extension/remote/process-clock.js';
import type { RemoteRef } from '../../../src/extension/remote/remote-ref.js';
import { type RemoteServer, serveRemoteCalls } from '../../../src/extension/remote/server.js';
import { createTrait, type ExtensionTrait } from '../../../src/traits/trait.js';

/** Says back what it is given, so that tests can see how values cross. */
export interface Echo {
  say(...values: readonly unknown[]): Promise<unknown>;
  items(...values: readonly unknown[]): AsyncIterable<unknown>;
}

export const Echo: ExtensionTrait<Echo> = createTrait<Echo>({
  id: 'Echo',
  name: 'echo',
  description: 'Says back what it is given.',
  methods: { say: 'async', items: 'stream' },
  handle: (target) => ({
    say: (...values) => target.counted(target.current.say(...values)),
    items: (...values) => target.follow((instance) => instance.items(...values)),
  }),
});

export const refOf = (trait: ExtensionTrait<unknown>): RemoteRef => ({
  scope: { group: 'default', pipeline: 'main' },
  extension: 'x',
  trait: trait.name,
  consumer: '',
});

export interface Connected<T> extends Disposable {
  readonly client: RemoteClient;
  readonly server: RemoteServer;
  readonly stub: T;
  readonly target: HandleTarget<object>;
}

export interface ConnectedOptions {
  readonly hostClock?: ThreadClock;
  readonly clientClock?: ThreadClock;
}

/** An instance and a stub of it at the two ends of a real port; what crosses is copied as it is between threads. */
export function connect<T extends object>(
  trait: ExtensionTrait<T>,
  instance: T,
  { hostClock, clientClock }: ConnectedOptions = {},
): Connected<T> {
  const { port1, port2 } = new MessageChannel();
  const target = new HandleTarget<object>(instance);
  const server = serveRemoteCalls(port1, { find: () => ({ trait, target }) }, hostClock);
  const client = new RemoteClient(port2, clientClock);
  return {
    client,
    server,
    target,
    stub: client.instance(refOf(trait), trait),
    [Symbol.dispose]: () => {
      client.close('the test is over');
      server.close();
    },
  };
}

/** What a promise rejects with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it resolved');
}

/** Lets turns of the event loop pass until something holds; the test's own time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets what was posted arrive, be answered, and the answer arrive. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
