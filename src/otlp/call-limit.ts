import { Places } from './places.js';

/** The part of the clock that calls need. */
export interface CallClock {
  setTimeout(callback: () => void, delayMs: number): { cancel(): void };
}

/** Why a call was given up from this side. */
export type CallEnd = 'timed-out' | 'stopped';

/**
 * How long one call may take: its own time-out, or less when the pipeline's drain ends first. Dispose it when the call
 * has ended. Made by `CallLimits`.
 */
export class CallLimit implements Disposable {
  /** When the call must have ended, in the clock's milliseconds. */
  readonly deadline: number;
  /** Ends the call when it aborts. */
  readonly stop: AbortSignal;
  /** Called once when the limit ends the call. What `signal` says too, for less. */
  whenEnded: (() => void) | undefined;
  readonly #limits: CallLimits;
  readonly #place: number;
  #ended: CallEnd | undefined;
  #controller: AbortController | undefined;

  constructor(deadline: number, stop: AbortSignal, limits: CallLimits) {
    this.deadline = deadline;
    this.stop = stop;
    this.#limits = limits;
    this.#place = limits.add(this);
  }

  /** Aborts when the limit ends the call. Made when it is first asked for: a call that waits for nothing needs none. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended !== undefined) this.#controller.abort();
    return this.#controller.signal;
  }

  /** `undefined` for as long as the call may go on. */
  get ended(): CallEnd | undefined {
    return this.#ended;
  }

  /** Ends the call from this side, unless it has ended. */
  end(reason: CallEnd): void {
    if (!this.#limits.remove(this.#place, this)) return;
    this.#ended = reason;
    this.#controller?.abort();
    this.whenEnded?.();
  }

  [Symbol.dispose](): void {
    this.#limits.remove(this.#place, this);
  }
}

/**
 * The limits of all calls that have the same time-out, with one timer between them while there are any, and one listener
 * to what stops them. A timer, a signal and a listener for each would be a good part of what a short call costs.
 */
export class CallLimits {
  readonly #clock: CallClock & { now(): number };
  readonly #timeoutMs: number;
  readonly #open = new Places<CallLimit>();
  readonly #heeded = new WeakSet<AbortSignal>();
  /** Set for the oldest call when it was set, which may have ended since. */
  #timer: { cancel(): void } | undefined;

  constructor(clock: CallClock & { now(): number }, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** @param stop ends the call when it aborts, as the end of its time does; as a rule the same for all calls */
  begin(stop: AbortSignal): CallLimit {
    const limit = new CallLimit(this.#clock.now() + this.#timeoutMs, stop, this);
    if (stop.aborted) limit.end('stopped');
    else if (!this.#heeded.has(stop)) this.#heed(stop);
    return limit;
  }

  /** For a limit that begins: has it end in time. @returns its place */
  add(limit: CallLimit): number {
    if (this.#timer === undefined) this.#sweepIn(this.#timeoutMs);
    return this.#open.add(limit);
  }

  /** For a limit that is over. @returns whether it was not before */
  remove(place: number, limit: CallLimit): boolean {
    const removed = this.#open.remove(place, limit);
    if (removed && this.#open.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    return removed;
  }

  #heed(stop: AbortSignal): void {
    this.#heeded.add(stop);
    const stopCalls = (): void => {
      for (const limit of this.#open) if (limit.stop === stop) limit.end('stopped');
    };
    stop.addEventListener('abort', stopCalls, { once: true });
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const limit of this.#open) {
      if (limit.deadline <= now) limit.end('timed-out');
      else next = Math.min(next, limit.deadline);
    }
    // Whoever was told that its call has ended may have begun another, whose time is over later.
    if (next < Number.POSITIVE_INFINITY) this.#sweepIn(next - now);
  }

  #sweepIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => this.#sweep(), delayMs);
  }
}
