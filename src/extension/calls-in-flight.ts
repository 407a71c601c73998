/** Counts the calls of one instance from a moment on, so that others can wait for the last one. */
export class CallsInFlight {
  #count = 0;
  #ended = 0;
  #settled = Promise.withResolvers<void>();

  /** How many run. */
  get count(): number {
    return this.#count;
  }

  /** How many have ended so far. */
  get ended(): number {
    return this.#ended;
  }

  /** Counts a call until its promise has settled. */
  add(call: Promise<unknown>): void {
    this.#count++;
    // An extension that is not written in TypeScript may have given something else.
    Promise.resolve(call).then(this.#end, this.#end);
  }

  /** Resolves when no call runs. */
  async settled(): Promise<void> {
    while (this.#count > 0) await this.#settled.promise;
  }

  /** One function for all calls, for it is made at each of them otherwise. */
  readonly #end = (): void => {
    this.#ended++;
    if (--this.#count > 0) return;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  };
}
