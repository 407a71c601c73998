import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { HttpConnectionPool, KeyValueStore } from '../../../src/authoring.js';
import { CallsInFlight } from '../../../src/extension/calls-in-flight.js';
import { ExtensionError } from '../../../src/extension/errors.js';
import { HandleTarget } from '../../../src/extension/handle-target.js';
import { RemoteClient } from '../../../src/extension/remote/client.js';
import { serveRemoteCalls } from '../../../src/extension/remote/server.js';
import { bytes, roomIn } from '../../fixtures/key-value-room.js';
import { MemoryStore } from '../../fixtures/memory-store.js';
import { connect, Echo, refOf, thrownBy, until } from './connected.js';

const echo: Echo = {
  say: async (...values) => values,
  items: async function* () {},
};

describe('a call of an instance in another thread', () => {
  it('hands over all arguments and gives the answer', async () => {
    using connected = connect(Echo, echo);
    expect(await connected.stub.say('a', undefined, 3)).toEqual(['a', undefined, 3]);
    expect([connected.client.inFlight, connected.server.inFlight]).toEqual([0, 0]);
  });

  it('is made in the order of the calls, and answered in that of the answers', async () => {
    const order: string[] = [];
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    using connected = connect(Echo, {
      ...echo,
      say: (index) => {
        order.push(`called ${index}`);
        return answers[Number(index)]?.promise ?? Promise.resolve();
      },
    });
    const calls = [0, 1].map((index) =>
      connected.stub.say(index).then((answer) => order.push(`answered ${answer}`)),
    );
    await until(() => connected.server.inFlight === 2);
    answers[1]?.resolve('1');
    await calls[1];
    answers[0]?.resolve('0');
    await calls[0];
    expect(order).toEqual(['called 0', 'called 1', 'answered 1', 'answered 0']);
  });

  it('goes with the others of its turn in one message, and so do their answers', async () => {
    const { port1, port2 } = new MessageChannel();
    let arrived = 0;
    port2.on('message', () => arrived++);
    const client = new RemoteClient(port2);
    const server = serveRemoteCalls(port1, {
      find: () => ({ trait: Echo, target: new HandleTarget<object>(echo) }),
    });
    const stub = client.instance(refOf(Echo), Echo);
    await Promise.all(Array.from({ length: 100 }, (_, index) => stub.say(index)));
    expect(arrived).toBe(1);
    client.close('the test is over');
    server.close();
  });

  it('waits for those before it when the instance is replaced, where the trait keeps their order', async () => {
    const asked: string[] = [];
    const ended = Promise.withResolvers<void>();
    const storeOf = (name: string): KeyValueStore => ({
      ...roomIn(new MemoryStore()),
      set: async (key) => {
        asked.push(`${name} ${key}`);
        await ended.promise;
      },
    });
    using connected = connect(KeyValueStore, storeOf('old'));
    const first = connected.stub.set('a', bytes(''));
    await until(() => asked.length === 1);
    connected.target.move(storeOf('new'));
    const second = connected.stub.set('b', bytes(''));
    await until(() => connected.server.inFlight === 2);
    expect(asked).toEqual(['old a']);
    ended.resolve();
    await Promise.all([first, second]);
    expect(asked).toEqual(['old a', 'new b']);
  });

  it('is counted at the instance, so that a replacement waits for it', async () => {
    const answer = Promise.withResolvers<string>();
    using connected = connect(Echo, { ...echo, say: () => answer.promise });
    const calls = new CallsInFlight();
    connected.target.watch(calls);
    const call = connected.stub.say();
    await until(() => connected.server.inFlight === 1);
    let settled = false;
    const waiting = calls.settled().then(() => {
      settled = true;
    });
    connected.target.move(echo);
    expect(await connected.stub.say('goes to the next one')).toEqual(['goes to the next one']);
    expect(settled).toBe(false);
    answer.resolve('from the old one');
    expect(await call).toBe('from the old one');
    await waiting;
  });

  it('throws the ExtensionError of a host that has no such instance', async () => {
    const { port1, port2 } = new MessageChannel();
    const server = serveRemoteCalls(port1, {
      find: ({ extension, trait, consumer, scope }) => {
        throw new ExtensionError(
          'NotFound',
          `${JSON.stringify(scope)} has no ${trait} of '${extension}' for '${consumer}'`,
        );
      },
    });
    const client = new RemoteClient(port2);
    const error = await thrownBy(client.instance({ ...refOf(Echo), consumer: 'me' }, Echo).say());
    expect(error).toBeInstanceOf(ExtensionError);
    expect((error as ExtensionError).kind).toBe('NotFound');
    expect((error as ExtensionError).message).toBe(
      `{"group":"default","pipeline":"main"} has no echo of 'x' for 'me'`,
    );
    client.close('the test is over');
    server.close();
  });

  it('of a method that answers directly is refused when the stub is made', () => {
    const { port1, port2 } = new MessageChannel();
    const client = new RemoteClient(port2);
    expect(() => client.instance(refOf(HttpConnectionPool), HttpConnectionPool)).toThrow(
      new TypeError(
        "HttpConnectionPool.dispatcher() answers directly, so no other thread can call it; use an extension with execution: 'local'",
      ),
    );
    client.close('the test is over');
    port1.close();
  });

  it.each(['items', 'constructor', 'secrets'])(
    'of what the trait does not declare as such (%s) is refused by the host',
    async (method) => {
      using connected = connect(Echo, Object.assign({ secrets: async () => 'told' }, echo));
      const forged = Object.create(Echo, {
        methods: { value: { [method]: 'async' } },
        nearby: { value: (x: unknown) => x },
      });
      const stub = connected.client.instance(refOf(Echo), forged) as Record<string, () => Promise<unknown>>;
      expect(((await thrownBy(stub[method]?.() ?? Promise.resolve())) as Error).message).toBe(
        `echo.${method}() of extension 'x' of pipeline 'default/main': the trait has no such method that another thread can call`,
      );
    },
  );
});

describe('a signal among the arguments of a call to another thread', () => {
  /** Waits until its signal aborts, and rejects with the reason. */
  const waiting = (seen: AbortSignal[]): Echo => ({
    ...echo,
    say: async (argument) => {
      const { signal } = argument as { signal: AbortSignal };
      seen.push(signal);
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason;
    },
  });

  it('aborts there when it aborts here, with its reason', async () => {
    const seen: AbortSignal[] = [];
    using connected = connect(Echo, waiting(seen));
    const controller = new AbortController();
    const call = connected.stub.say({ signal: controller.signal });
    await until(() => seen.length === 1);
    expect(seen[0]?.aborted).toBe(false);
    controller.abort(new DOMException('took too long', 'TimeoutError'));
    const error = await thrownBy(call);
    expect(error).toBeInstanceOf(DOMException);
    expect([(error as Error).name, (error as Error).message]).toEqual(['TimeoutError', 'took too long']);
  });

  it('has aborted there at once when it had here', async () => {
    const seen: AbortSignal[] = [];
    using connected = connect(Echo, waiting(seen));
    const error = await thrownBy(connected.stub.say({ signal: AbortSignal.abort() }));
    expect((error as Error).name).toBe('AbortError');
    expect(seen[0]?.aborted).toBe(true);
  });

  it('is listened to for as long as the call runs, however it ends', async () => {
    using connected = connect(Echo, {
      say: async (_signal, fails) => {
        if (fails === true) throw new Error('failed');
      },
      items: async function* () {
        yield 1;
      },
    });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => {
        listeners++;
        add(...args);
      },
      removeEventListener: (...args: Parameters<typeof remove>) => {
        listeners--;
        remove(...args);
      },
    });
    const answered = connected.stub.say(signal);
    await until(() => listeners === 1);
    await answered;
    expect(listeners).toBe(0);
    await thrownBy(connected.stub.say(signal, true));
    expect(listeners).toBe(0);
    const stream = connected.stub.items(signal)[Symbol.asyncIterator]();
    await stream.next();
    expect((await stream.next()).done).toBe(true);
    expect(listeners).toBe(0);
    const left = connected.stub.items(signal)[Symbol.asyncIterator]();
    await left.next();
    await left.return?.();
    expect(listeners).toBe(0);
    const cut = connected.stub.say(signal);
    connected.client.close('the test closes it');
    await thrownBy(cut);
    expect(listeners).toBe(0);
  });

  it('cannot be an answer', async () => {
    using connected = connect(Echo, { ...echo, say: async () => new AbortController().signal });
    expect(((await thrownBy(connected.stub.say())) as Error).message).toContain(
      'the answer is an AbortSignal that is no argument',
    );
  });
});
