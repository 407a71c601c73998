interface Waiter<T> {
  readonly grant: (value: T) => void;
  readonly fail: (error: Error) => void;
}

/** Callers that wait for something, first come, first served, each until its signal aborts. */
export class Waiters<T> {
  readonly #waiting = new Set<Waiter<T>>();

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for what `grantFirst` or `grantAll` gives.
   *
   * @param givenUp makes the error of a caller whose signal aborts first
   * @throws the error of `failAll`, or that of `givenUp`
   */
  wait(signal: AbortSignal, givenUp: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiter);
        reject(givenUp());
      };
      const waiter: Waiter<T> = {
        grant: (value) => {
          signal.removeEventListener('abort', abort);
          resolve(value);
        },
        fail: (error) => {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Gives what `make` makes to the one that has waited longest; makes nothing when nobody waits. */
  grantFirst(make: () => T): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first.grant(make());
  }

  grantAll(make: () => T): void {
    for (const waiter of this.#takeAll()) waiter.grant(make());
  }

  failAll(error: Error): void {
    for (const waiter of this.#takeAll()) waiter.fail(error);
  }

  #takeAll(): readonly Waiter<T>[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }
}
