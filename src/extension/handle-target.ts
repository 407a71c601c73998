import type { TraitTarget } from '../traits/trait.js';
import { CallOrder, type LastCalls } from './call-order.js';
import type { CallsInFlight } from './calls-in-flight.js';
import { FollowedStream } from './followed-stream.js';

interface Movable<T> {
  move(instance: T): void;
}

/**
 * What the handles of one trait of one instance forward to. A replacement exchanges it under them.
 *
 * `current` is the instance itself at all times, also while its calls are counted: an object that stood in for it would
 * leave its shape in the type feedback of the handles, and make their calls slower for good.
 */
export class HandleTarget<T> implements TraitTarget<T> {
  /** Read at each call, so it is a plain field. */
  current: T;
  /** Set while calls are counted. */
  #calls: CallsInFlight | undefined;
  /** Set since the first call that keeps its order. */
  #order: CallOrder | undefined;
  readonly #streams = new Set<Movable<T>>();

  constructor(instance: T) {
    this.current = instance;
  }

  /** Counts the calls from now on. */
  watch(calls: CallsInFlight): void {
    this.#calls = calls;
  }

  /** Stops counting: the instance stays. */
  unwatch(): void {
    this.#calls = undefined;
  }

  /**
   * Leads all calls, and the streams that are being read, to another instance.
   *
   * @returns what those calls wait for that keep their order; `undefined` when they need not wait
   */
  move(instance: T): LastCalls | undefined {
    this.#calls = undefined;
    this.current = instance;
    for (const stream of this.#streams) stream.move(instance);
    return this.#order?.moved();
  }

  counted<Answer>(call: Promise<Answer>): Promise<Answer> {
    this.#calls?.add(call);
    return call;
  }

  inOrder<Answer>(call: (instance: T) => Promise<Answer>): Promise<Answer> {
    this.#order ??= new CallOrder();
    if (this.#order.holds) return this.#order.later(() => this.counted(call(this.current)));
    return this.#order.made(this.counted(call(this.current)));
  }

  follow<Item>(open: (instance: T) => AsyncIterable<Item>): AsyncIterable<Item> {
    return {
      [Symbol.asyncIterator]: () => {
        const stream = new FollowedStream(this.current, open, () => this.#streams.delete(stream));
        this.#streams.add(stream);
        return stream;
      },
    };
  }
}
