import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { TraitError } from '../../../src/authoring.js';
import { HandleTarget } from '../../../src/extension/handle-target.js';
import { RemoteClient } from '../../../src/extension/remote/client.js';
import { serveRemoteCalls } from '../../../src/extension/remote/server.js';
import { connect, Echo, refOf, thrownBy, turns, until } from './connected.js';

/** Never answers; knows what it was asked and what it was left with. */
class Stuck implements Echo {
  readonly signals: AbortSignal[] = [];
  open = 0;

  say(signal: unknown): Promise<unknown> {
    if (signal instanceof AbortSignal) this.signals.push(signal);
    return new Promise(() => {});
  }

  items(): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => {
        this.open++;
        return {
          next: () => new Promise<never>(() => {}),
          return: async () => {
            this.open--;
            return { done: true, value: undefined };
          },
        };
      },
    };
  }
}

const unreachable = (reason: string): string =>
  `extension 'x' (echo): it cannot be reached in the thread that hosts it: ${reason}`;

describe('when the thread that hosts is gone', () => {
  it('every open call and stream fails with an error that says so, and that trying again may help', async () => {
    using connected = connect(Echo, new Stuck());
    const call = connected.stub.say();
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    const read = stream.next();
    await until(() => connected.server.inFlight === 2);
    connected.server.close();
    for (const error of [await thrownBy(call), await thrownBy(read)]) {
      expect(error).toBeInstanceOf(TraitError);
      expect((error as TraitError).message).toBe(unreachable('that thread ended, or closed the connection'));
      expect((error as TraitError).retryable).toBe(true);
    }
    expect(connected.client.inFlight).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('every later call and stream fails at once', async () => {
    using connected = connect(Echo, new Stuck());
    connected.client.close('the worker stops');
    const { stub } = connected;
    const later = connected.client.instance(refOf(Echo), Echo);
    for (const error of [
      await thrownBy(stub.say()),
      await thrownBy(later.say()),
      await thrownBy(stub.items()[Symbol.asyncIterator]().next()),
    ]) {
      expect((error as Error).message).toBe(unreachable('the worker stops'));
    }
  });

  it('it is the same for a port that takes nothing more', async () => {
    const { port1, port2 } = new MessageChannel();
    const client = new RemoteClient(
      Object.assign(port2, {
        postMessage: () => {
          throw new Error('no memory');
        },
      }),
    );
    const error = await thrownBy(client.instance(refOf(Echo), Echo).say());
    expect((error as Error).message).toBe(unreachable('no memory'));
    port1.close();
  });

  it('a stream gives what had come before it fails', async () => {
    using connected = connect(Echo, {
      say: async () => undefined,
      items: async function* () {
        yield* ['first', 'second'];
        await new Promise(() => {});
      },
    });
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    expect((await stream.next()).value).toBe('first');
    await turns();
    connected.server.close();
    await turns();
    expect((await stream.next()).value).toBe('second');
    expect(await thrownBy(stream.next())).toBeInstanceOf(TraitError);
  });
});

describe('when the thread that called is gone', () => {
  it('its signals abort, its streams are left, and late answers go nowhere', async () => {
    const answer = Promise.withResolvers<string>();
    const stuck = new Stuck();
    using connected = connect(Echo, {
      say: (signal) => (signal === 'late' ? answer.promise : stuck.say(signal)),
      items: () => stuck.items(),
    });
    const { stub } = connected;
    const failing = [
      stub.say(new AbortController().signal),
      stub.say('late'),
      stub.items()[Symbol.asyncIterator]().next(),
    ].map(thrownBy);
    await until(() => connected.server.inFlight === 3);
    connected.client.close('the worker stops');
    await until(() => connected.server.inFlight === 0);
    await Promise.all(failing);
    expect(stuck.open).toBe(0);
    expect(stuck.signals[0]?.reason).toEqual(
      new DOMException('the thread that called has ended', 'AbortError'),
    );
    answer.resolve('nobody hears it');
    await turns();
    expect(connected.server.inFlight).toBe(0);
  });

  it('closing more than once does nothing', () => {
    using connected = connect(Echo, new Stuck());
    connected.server.close();
    connected.server.close();
    connected.client.close('once');
    connected.client.close('twice');
    expect(connected.server.inFlight).toBe(0);
  });

  it('an instance that cannot be left harms nobody', async () => {
    using connected = connect(Echo, {
      say: async () => undefined,
      items: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => {
            throw new Error('cannot be left');
          },
        }),
      }),
    });
    const read = thrownBy(connected.stub.items()[Symbol.asyncIterator]().next());
    await until(() => connected.server.inFlight === 1);
    connected.server.close();
    expect(await read).toBeInstanceOf(TraitError);
  });

  it('nothing is left of it, 1,000 times', async () => {
    const stuck = new Stuck();
    const target = new HandleTarget<object>(stuck);
    for (let round = 0; round < 1_000; round++) {
      const { port1, port2 } = new MessageChannel();
      const server = serveRemoteCalls(port1, { find: () => ({ trait: Echo, target }) });
      const client = new RemoteClient(port2);
      const stub = client.instance(refOf(Echo), Echo);
      const failing = [
        stub.say(new AbortController().signal),
        stub.items()[Symbol.asyncIterator]().next(),
      ].map(thrownBy);
      await until(() => server.inFlight === 2);
      if (round % 2 === 0) client.close('the worker stops');
      else server.close();
      await Promise.all(failing);
      await until(() => server.inFlight === 0);
    }
    expect(stuck.open).toBe(0);
    expect(stuck.signals.filter(({ aborted }) => !aborted)).toEqual([]);
    expect(stuck.signals.length).toBe(1_000);
  });
});
