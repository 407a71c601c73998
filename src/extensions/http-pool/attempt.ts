/** An attempt to connect was ended because nobody waited for it. It says nothing of the server. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';

  constructor() {
    super('the attempt to connect was given up with the request that it was made for');
  }
}

/**
 * One attempt to connect, from waiting for a place on. When its request is given up it leaves the queue for places;
 * one that has its place goes on, for the next request to use what comes of it, until somebody else needs the place.
 */
export class Attempt {
  readonly #controller = new AbortController();
  readonly #patience: AbortSignal | undefined;
  readonly #onAbandoned: (attempt: Attempt) => void;
  #hasPlace = false;

  /**
   * @param patience aborts when the request is given up; `undefined` when that cannot be known
   * @param onAbandoned called when the request is given up while the attempt has a place
   */
  constructor(patience: AbortSignal | undefined, onAbandoned: (attempt: Attempt) => void) {
    this.#patience = patience;
    this.#onAbandoned = onAbandoned;
    patience?.addEventListener('abort', this.#onPatienceEnd, { once: true });
    if (patience?.aborted === true) this.#onPatienceEnd();
  }

  /** Aborts when the attempt is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether nobody waits for it while it keeps a place, and it was not told to end yet. */
  get isAbandoned(): boolean {
    return this.#hasPlace && this.#patience?.aborted === true && !this.signal.aborted;
  }

  /** It has its place now. */
  begin(): void {
    this.#hasPlace = true;
  }

  end(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** To be called when a connection was made, or none. */
  [Symbol.dispose](): void {
    this.#patience?.removeEventListener('abort', this.#onPatienceEnd);
  }

  readonly #onPatienceEnd = (): void => {
    if (this.#hasPlace) this.#onAbandoned(this);
    else this.end(new Abandoned());
  };
}
