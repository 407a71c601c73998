/** Lets one caller through when there is room, which is how a limit becomes back-pressure. */
export class Gate {
  readonly #hasRoom: () => boolean;
  readonly #signal: AbortSignal;
  #waiting: (() => void) | undefined;

  /** @param signal aborts when nobody needs to wait any more */
  constructor(hasRoom: () => boolean, signal: AbortSignal) {
    this.#hasRoom = hasRoom;
    this.#signal = signal;
  }

  /** Resolves when there is room; `false`: the signal aborted first. Not to be called while a call waits. */
  async open(): Promise<boolean> {
    while (!this.#hasRoom() && !this.#signal.aborted) {
      const changed = Promise.withResolvers<void>();
      const wake = (): void => changed.resolve();
      this.#waiting = wake;
      this.#signal.addEventListener('abort', wake, { once: true });
      await changed.promise;
      this.#signal.removeEventListener('abort', wake);
    }
    return !this.#signal.aborted;
  }

  /** Looks again. Call it when there may be more room. */
  check(): void {
    if (this.#hasRoom()) this.#waiting?.();
  }
}
