/** The part of the clock that a call needs. */
export interface CallClock {
  setTimeout(callback: () => void, delayMs: number): { cancel(): void };
}

/** Why a call was given up from this side. */
export type CallEnd = 'timed-out' | 'stopped';

/**
 * How long one call may take: its own time-out, or less when the pipeline's drain ends first. `signal` aborts with
 * the first of the two, and `ended` says which it was. Dispose it when the call has ended.
 */
export class CallLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: { cancel(): void };
  readonly #stop: AbortSignal;
  #ended: CallEnd | undefined;

  constructor(clock: CallClock, timeoutMs: number, stop: AbortSignal) {
    this.#stop = stop;
    this.#timer = clock.setTimeout(() => this.#end('timed-out'), timeoutMs);
    if (stop.aborted) this.#end('stopped');
    else stop.addEventListener('abort', this.#onStop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `undefined` for as long as the call may go on. */
  get ended(): CallEnd | undefined {
    return this.#ended;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#stop.removeEventListener('abort', this.#onStop);
  }

  readonly #onStop = (): void => this.#end('stopped');

  #end(reason: CallEnd): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this[Symbol.dispose]();
    this.#controller.abort();
  }
}
