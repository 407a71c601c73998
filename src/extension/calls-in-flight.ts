import type { ExtensionTrait } from '../traits/trait.js';

/** A trait's methods by name. Here the interface is not known, only how each of its methods behaves. */
type Methods = Record<string, (...args: unknown[]) => unknown>;

/** Counts the calls of one instance from the moment it is watched, so that it can be stopped after the last one. */
export class CallsInFlight {
  #count = 0;
  #settled = Promise.withResolvers<void>();

  /** Stands in for an instance: forwards every call and counts it until its promise, or its stream, has ended. */
  watch<T>(trait: ExtensionTrait<T>, instance: T): T {
    const methods = instance as Methods;
    const watched: Methods = {};
    for (const [name, behaviour] of Object.entries(trait.methods)) {
      if (behaviour === 'async') watched[name] = (...args) => this.#async(methods[name]?.(...args));
      else if (behaviour === 'stream') watched[name] = (...args) => this.#stream(methods[name]?.(...args));
      else watched[name] = (...args) => methods[name]?.(...args);
    }
    // All methods of the trait are there, each with the signature of the instance's own.
    return watched as T;
  }

  /** Resolves when no call runs. */
  async settled(): Promise<void> {
    while (this.#count > 0) await this.#settled.promise;
  }

  #async(promise: unknown): unknown {
    this.#begin();
    const end = (): void => this.#end();
    Promise.resolve(promise).then(end, end);
    return promise;
  }

  #stream(stream: unknown): AsyncIterable<unknown> {
    const open = (): AsyncIterator<unknown> => (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    return { [Symbol.asyncIterator]: () => this.#counted(open) };
  }

  async *#counted(open: () => AsyncIterator<unknown>): AsyncGenerator<unknown> {
    this.#begin();
    try {
      yield* { [Symbol.asyncIterator]: open };
    } finally {
      this.#end();
    }
  }

  #begin(): void {
    this.#count++;
  }

  #end(): void {
    if (--this.#count > 0) return;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  }
}
