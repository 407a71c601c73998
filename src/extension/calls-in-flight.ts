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

  /** Counts a call as `add` does, and hands on what becomes of it: a failure that nobody looks at stays one. */
  handOn<Answer>(call: Promise<Answer>): Promise<Answer> {
    this.#count++;
    return Promise.resolve(call).then(this.#answered, this.#failed) as Promise<Answer>;
  }

  /** Resolves when no call runs. */
  async settled(): Promise<void> {
    while (this.#count > 0) await this.#settled.promise;
  }

  // One function for all calls, for it is made at each of them otherwise.
  readonly #end = (): void => {
    this.#ended++;
    if (--this.#count > 0) return;
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
  };

  readonly #answered = (answer: unknown): unknown => {
    this.#end();
    return answer;
  };

  readonly #failed = (error: unknown): never => {
    this.#end();
    throw error;
  };
}
