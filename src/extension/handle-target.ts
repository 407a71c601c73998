import type { ExtensionTrait, TraitTarget } from '../traits/trait.js';
import type { CallsInFlight } from './calls-in-flight.js';
import { FollowedStream } from './followed-stream.js';

interface Movable<T> {
  move(instance: T): void;
}

/** What the handles of one trait of one instance forward to. A replacement exchanges it under them. */
export class HandleTarget<T> implements TraitTarget<T> {
  /** Read at each call, so it is a plain field: the instance, or its watched stand-in while it is being replaced. */
  current: T;
  readonly #trait: ExtensionTrait<T>;
  readonly #streams = new Set<Movable<T>>();
  #instance: T;

  constructor(trait: ExtensionTrait<T>, instance: T) {
    this.#trait = trait;
    this.#instance = instance;
    this.current = instance;
  }

  /** Counts the calls from now on. */
  watch(calls: CallsInFlight): void {
    this.current = calls.watch(this.#trait, this.#instance);
  }

  /** Stops counting: the instance stays. */
  unwatch(): void {
    this.current = this.#instance;
  }

  /** Leads all calls, and the streams that are being read, to another instance. */
  move(instance: T): void {
    this.#instance = instance;
    this.current = instance;
    for (const stream of this.#streams) stream.move(instance);
  }

  follow<Item>(open: (instance: T) => AsyncIterable<Item>): AsyncIterable<Item> {
    return {
      [Symbol.asyncIterator]: () => {
        const stream = new FollowedStream(this.#instance, open, () => this.#streams.delete(stream));
        this.#streams.add(stream);
        return stream;
      },
    };
  }
}
