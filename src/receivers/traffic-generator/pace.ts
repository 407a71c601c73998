/** A generator that is this late does not catch up any more: it starts its schedule anew. */
const TOO_LATE_MS = 1_000;

/**
 * When to send: the n-th signal is due n / rate seconds after the start. Being late by a little is made up for; by
 * more than a second it is let go, so that a pipeline that was stuck is not hit by everything that it missed.
 */
export class Pace {
  readonly #signalsPerMs: number;
  #start: number;
  #sent = 0;

  /** @param now the clock's milliseconds at the start */
  constructor(signalsPerSecond: number, now: number) {
    this.#signalsPerMs = signalsPerSecond / 1_000;
    this.#start = now;
  }

  /** Milliseconds until the next signal is due; 0 or less when it is. */
  wait(now: number): number {
    return this.#start + this.#sent / this.#signalsPerMs - now;
  }

  sent(count: number): void {
    this.#sent += count;
  }

  /** Starts anew when it is hopelessly late, and says so. */
  letGo(now: number): boolean {
    if (this.wait(now) >= -TOO_LATE_MS) return false;
    this.#start = now;
    this.#sent = 0;
    return true;
  }
}
