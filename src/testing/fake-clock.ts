import { type Timer, TimerClock } from '../extension/clock.js';

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers fire in the order of their due times, and what they
 * set in motion settles before the next one fires.
 *
 * @example
 * const clock = new FakeClock();
 * const woken = clock.sleep(10_000);
 * await clock.advance(10_000);
 * await woken;
 */
export class FakeClock extends TimerClock {
  #now = 0;
  #order = 0;
  readonly #epoch: number;
  readonly #timers = new Set<Pending>();

  /** @param epoch wall time at the start, in milliseconds since the Unix epoch */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    super();
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due; `undefined` when none is set. */
  get nextIn(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer: Pending = { due: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    const cancel = (): void => {
      this.#timers.delete(timer);
    };
    return { cancel, [Symbol.dispose]: cancel };
  }

  /**
   * Moves the time forward by `ms`, firing what comes due on the way.
   *
   * @throws RangeError when `ms` is negative or not finite
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a clock can be moved forward by milliseconds, 0 or more, and not by ${ms}`);
    }
    const target = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.due <= target; next = this.#next()) {
      // Whoever else moves it at the same time may be further.
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#now = Math.max(this.#now, target);
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#timers) {
      if (
        first === undefined ||
        timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order)
      ) {
        first = timer;
      }
    }
    return first;
  }
}

/** Lets promise chains, immediates and pending I/O callbacks run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
