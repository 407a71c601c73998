interface Limits {
  /** To one origin. */
  readonly perOrigin: number;
  /** To all of them together. */
  readonly total: number;
}

interface Waiter {
  readonly origin: string;
  readonly go: () => void;
}

/**
 * Counts connections and holds those beyond the limits, in the order in which they were asked for. undici's own limit
 * is that of one of its pools, and it makes a second one for an origin while the first still works off its queue.
 */
export class ConnectionSlots {
  readonly #limits: Limits;
  readonly #open = new Map<string, number>();
  readonly #waiting = new Set<Waiter>();
  #total = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Whether one waits that could go if there were a connection less to any other origin. */
  get wantsAny(): boolean {
    if (this.#total < this.#limits.total) return false;
    for (const { origin } of this.#waiting) if (this.#hasRoom(origin)) return true;
    return false;
  }

  /**
   * Waits until there may be one connection more.
   *
   * @param taken called at the moment when there is, which is before the promise resolves
   * @returns what gives the place back; calls after the first do nothing
   * @throws the signal's reason when it aborts first
   */
  async take(origin: string, signal: AbortSignal, taken: () => void): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#total < this.#limits.total && this.#hasRoom(origin)) {
      this.#occupy(origin);
      taken();
    } else await this.#wait(origin, signal, taken);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#giveBack(origin);
    };
  }

  #wait(origin: string, signal: AbortSignal, taken: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener('abort', abort);
        taken();
        resolve();
      };
      const waiter: Waiter = { origin, go };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  #hasRoom(origin: string): boolean {
    return (this.#open.get(origin) ?? 0) < this.#limits.perOrigin;
  }

  #occupy(origin: string): void {
    this.#total += 1;
    this.#open.set(origin, (this.#open.get(origin) ?? 0) + 1);
  }

  /** The place goes to the one that waits longest of those that it suits. */
  #giveBack(origin: string): void {
    this.#total -= 1;
    const left = (this.#open.get(origin) ?? 0) - 1;
    if (left > 0) this.#open.set(origin, left);
    else this.#open.delete(origin);
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom(waiter.origin)) continue;
      this.#waiting.delete(waiter);
      this.#occupy(waiter.origin);
      waiter.go();
      return;
    }
  }
}
