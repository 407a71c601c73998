import { describe, expect, it } from '@jest/globals';
import { HandleTarget } from '../../../src/extension/handle-target.js';
import { WINDOW_BYTES, WINDOW_ITEMS } from '../../../src/extension/remote/window.js';
import { connect, Echo, refOf, thrownBy, turns, until } from './connected.js';

/** Counts up for ever, and writes down how far it was read and whether it was left. */
class Counting implements Echo {
  given = 0;
  left = 0;
  /** Of each item. */
  readonly #bytes: number;

  constructor(bytes = 0) {
    this.#bytes = bytes;
  }

  say(): Promise<unknown> {
    return Promise.resolve();
  }

  items(): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const number = ++this.given;
          return { done: false, value: this.#bytes === 0 ? number : new Uint8Array(this.#bytes) };
        },
        return: async () => {
          this.left++;
          return { done: true, value: undefined };
        },
      }),
    };
  }
}

const streaming = (items: Echo['items']): Echo => ({ say: async () => undefined, items });

describe('a stream that is read in another thread', () => {
  it('brings every item in order, and ends', async () => {
    using connected = connect(
      Echo,
      streaming(async function* () {
        for (let number = 0; number < 1_000; number++) yield { number };
      }),
    );
    const seen: unknown[] = [];
    for await (const item of connected.stub.items()) seen.push(item);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, number) => ({ number })));
    expect([connected.client.inFlight, connected.server.inFlight]).toEqual([0, 0]);
  });

  it('takes its arguments along', async () => {
    using connected = connect(
      Echo,
      streaming(async function* (...values) {
        yield* values;
      }),
    );
    const seen: unknown[] = [];
    for await (const item of connected.stub.items('a', { b: 1 })) seen.push(item);
    expect(seen).toEqual(['a', { b: 1 }]);
  });

  it('is opened when it is read, anew by each reader', async () => {
    const counting = new Counting();
    using connected = connect(Echo, counting);
    const stream = connected.stub.items();
    await turns();
    expect(counting.given).toBe(0);
    const [one, other] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
    await Promise.all([one.next(), other.next()]);
    expect(connected.server.inFlight).toBe(2);
  });

  it('is read ahead by one window, and on when half of it was taken', async () => {
    const counting = new Counting();
    using connected = connect(Echo, counting);
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    await stream.next();
    await turns();
    expect(counting.given).toBe(WINDOW_ITEMS);
    for (let taken = 1; taken < WINDOW_ITEMS / 2; taken++) await stream.next();
    await turns();
    expect(counting.given).toBe(WINDOW_ITEMS * 1.5);
  });

  it('is not read ahead beyond some bytes', async () => {
    const counting = new Counting(WINDOW_BYTES / 2);
    using connected = connect(Echo, counting);
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    await stream.next();
    await turns();
    expect(counting.given).toBe(2);
    await stream.next();
    await stream.next();
    await turns();
    expect(counting.given).toBe(4);
  });

  it('gives several reads that wait their items in order', async () => {
    using connected = connect(Echo, new Counting());
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    const steps = await Promise.all([stream.next(), stream.next(), stream.next()]);
    expect(steps.map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  it('throws what the instance throws, after the items before it, and is over then', async () => {
    using connected = connect(
      Echo,
      streaming(async function* () {
        yield 'first';
        throw new RangeError('no more');
      }),
    );
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    expect(await stream.next()).toEqual({ done: false, value: 'first' });
    expect(await thrownBy(stream.next())).toEqual(new RangeError('no more'));
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(connected.server.inFlight).toBe(0);
  });

  it('is refused when an argument cannot cross, at the first read', async () => {
    using connected = connect(Echo, new Counting());
    const stream = connected.stub.items(() => {})[Symbol.asyncIterator]();
    expect(((await thrownBy(stream.next())) as Error).message).toContain('echo.items() of extension');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('fails when an item cannot cross, and the instance is told that nobody reads on', async () => {
    let left = false;
    using connected = connect(
      Echo,
      streaming(async function* () {
        try {
          yield () => {};
        } finally {
          left = true;
        }
      }),
    );
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    expect(((await thrownBy(stream.next())) as Error).message).toContain('an item is a function');
    await until(() => left);
  });

  it('is left at the instance at once when its reader leaves, who does not wait for that', async () => {
    const counting = new Counting();
    using connected = connect(Echo, counting);
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    await stream.next();
    expect(await stream.return?.()).toEqual({ done: true, value: undefined });
    expect(connected.client.inFlight).toBe(0);
    await until(() => counting.left === 1);
    expect(connected.server.inFlight).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('ends the reads that wait when its reader leaves', async () => {
    const silent = streaming(() => ({
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    }));
    using connected = connect(Echo, silent);
    const stream = connected.stub.items()[Symbol.asyncIterator]();
    const reads = [stream.next(), stream.next()];
    await until(() => connected.server.inFlight === 1);
    await stream.return?.();
    expect((await Promise.all(reads)).map(({ done }) => done)).toEqual([true, true]);
    await until(() => connected.server.inFlight === 0);
  });

  it('tells the instance nothing when it is left before its first read', async () => {
    const counting = new Counting();
    using connected = connect(Echo, counting);
    await connected.stub.items()[Symbol.asyncIterator]().return?.();
    await turns();
    expect([counting.given, counting.left]).toEqual([0, 0]);
  });

  it('goes on with the next instance when it is led to another stub, and leaves the old one', async () => {
    const [old, next] = [new Counting(), new Counting()];
    using connected = connect(Echo, old);
    const inWorker = new HandleTarget<Echo>(connected.stub);
    const handle = Echo.handle(inWorker, { namespace: 'default/main/exporter/out' });
    const stream = handle.items()[Symbol.asyncIterator]();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    next.given = 100;
    connected.target.move(next);
    inWorker.move(connected.client.instance(refOf(Echo), Echo));
    expect(await stream.next()).toEqual({ done: false, value: 101 });
    await until(() => old.left === 1);
    expect(connected.server.inFlight).toBe(1);
  });
});
