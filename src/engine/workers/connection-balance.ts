import type { Clock, Timer } from '../../extension/clock.js';

/** How long the effect of a goodbye is waited for before the next, in milliseconds. */
const SETTLE_MS = 1_000;

/** After so many goodbyes in a row that changed nothing, the wait doubles with each. */
const PROMPT_ATTEMPTS = 10;
const LONGEST_SETTLE_MS = 60_000;

/** A share of the connections that is not worth a goodbye, as part of the mean. */
const TOLERANCE = 0.2;

/**
 * Keeps the connections of one server even between workers. The system spreads them by chance, so that of a few
 * long-lived ones all may be in one worker; this one then says goodbye to one of them, and its client comes back by
 * chance elsewhere.
 */
export class ConnectionBalance {
  readonly #clock: Clock;
  readonly #retireOne: (worker: number) => void;
  /** Of each worker that listens. */
  readonly #open = new Map<number, number>();
  #pause: Timer | undefined;
  /** Goodbyes in a row that changed nothing. */
  #attempts = 0;
  #lastExcess = Number.POSITIVE_INFINITY;

  /** @param retireOne makes a worker say goodbye to one connection */
  constructor(clock: Clock, retireOne: (worker: number) => void) {
    this.#clock = clock;
    this.#retireOne = retireOne;
  }

  /** A worker listens, and has so many connections now. */
  report(worker: number, open: number): void {
    this.#open.set(worker, open);
    if (this.#pause === undefined) this.#settle();
  }

  /** A worker listens no more. */
  leave(worker: number): void {
    this.#open.delete(worker);
  }

  close(): void {
    this.#pause?.cancel();
  }

  /** Waits until those that came together are counted, then looks. */
  #settle(): void {
    if (this.#excess().size === 0) {
      this.#attempts = 0;
      this.#lastExcess = Number.POSITIVE_INFINITY;
      return;
    }
    const doublings = Math.max(0, this.#attempts - PROMPT_ATTEMPTS);
    const settleMs = Math.min(LONGEST_SETTLE_MS, SETTLE_MS * 2 ** doublings);
    this.#pause = this.#clock.setTimeout(() => this.#even(), settleMs);
  }

  #even(): void {
    this.#pause = undefined;
    const { worker, size } = this.#excess();
    if (size > 0) {
      this.#attempts = size < this.#lastExcess ? 0 : this.#attempts + 1;
      this.#lastExcess = size;
      this.#retireOne(worker);
    }
    this.#settle();
  }

  /** By how many connections the fullest worker is over its share; 0 when that is little. */
  #excess(): { readonly worker: number; readonly size: number } {
    let [worker, most, total] = [0, 0, 0];
    for (const [index, open] of this.#open) {
      total += open;
      if (open > most) [worker, most] = [index, open];
    }
    const mean = total / Math.max(1, this.#open.size);
    const size = most - Math.ceil(mean);
    return { worker, size: size >= Math.max(1, TOLERANCE * mean) ? size : 0 };
  }
}
