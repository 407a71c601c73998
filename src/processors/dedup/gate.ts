import type { Clock } from '../../authoring.js';

/** Lets one caller through when there is room, which is how a limit becomes back-pressure. */
export class Gate {
  readonly #hasRoom: () => boolean;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #waiting: (() => void) | undefined;

  /** @param signal aborts when nobody needs to wait any more */
  constructor(hasRoom: () => boolean, clock: Clock, signal: AbortSignal) {
    this.#hasRoom = hasRoom;
    this.#clock = clock;
    this.#signal = signal;
  }

  /**
   * Resolves when there is room; `false`: the time was over, or the signal aborted first. Not to be called while a call
   * waits.
   */
  async open(withinMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const until = this.#clock.now() + withinMs;
    while (!this.#hasRoom() && !this.#signal.aborted && this.#clock.now() < until) {
      const changed = Promise.withResolvers<void>();
      const wake = (): void => changed.resolve();
      this.#waiting = wake;
      this.#signal.addEventListener('abort', wake, { once: true });
      const timer = Number.isFinite(withinMs)
        ? this.#clock.setTimeout(wake, until - this.#clock.now())
        : undefined;
      await changed.promise;
      timer?.cancel();
      this.#signal.removeEventListener('abort', wake);
    }
    return this.#hasRoom() && !this.#signal.aborted;
  }

  /** Looks again. Call it when there may be more room. */
  check(): void {
    if (this.#hasRoom()) this.#waiting?.();
  }
}
