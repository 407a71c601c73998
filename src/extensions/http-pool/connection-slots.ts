/**
 * Counts the connections to each origin and holds those beyond the limit. undici's own limit is that of one of its
 * pools, and it makes a second one for an origin while the first still works off its queue.
 */
export class ConnectionSlots {
  readonly #limit: number;
  readonly #origins = new Map<string, { open: number; readonly waiting: Set<() => void> }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Waits until there may be one connection more.
   *
   * @returns what gives the place back; calls after the first do nothing
   * @throws the signal's reason when it aborts first
   */
  async take(origin: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    let slots = this.#origins.get(origin);
    if (slots === undefined) {
      slots = { open: 0, waiting: new Set() };
      this.#origins.set(origin, slots);
    }
    if (slots.open < this.#limit) slots.open += 1;
    else await this.#wait(slots.waiting, signal);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#giveBack(origin);
    };
  }

  #wait(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        waiting.delete(go);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
      waiting.add(go);
    });
  }

  /** The place goes to the one that waits longest, if any. */
  #giveBack(origin: string): void {
    const slots = this.#origins.get(origin);
    if (slots === undefined) return;
    const [next] = slots.waiting;
    if (next !== undefined) {
      slots.waiting.delete(next);
      next();
      return;
    }
    slots.open -= 1;
    if (slots.open === 0) this.#origins.delete(origin);
  }
}
