/** Counts the calls of one instance from a moment on, so that it can be stopped after the last one. */
export class CallsInFlight {
  #count = 0;
  #settled = Promise.withResolvers<void>();

  /** Counts a call until its promise has settled. */
  add(call: Promise<unknown>): void {
    this.#count++;
    const end = (): void => this.#end();
    // An extension that is not written in TypeScript may have given something else.
    Promise.resolve(call).then(end, end);
  }

  /** Resolves when no call runs. */
  async settled(): Promise<void> {
    while (this.#count > 0) await this.#settled.promise;
  }

  #end(): void {
    if (--this.#count > 0) return;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  }
}
