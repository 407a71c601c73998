import { type ServiceToken, serviceToken } from './services.js';

/** A timer that has been set. Cancelling one that has fired or was cancelled does nothing. */
export interface Timer extends Disposable {
  cancel(): void;
}

/**
 * The time, injected, so that a test can move it. Every component reads time and sets timers here and nowhere
 * else.
 */
export interface Clock {
  /** Monotonic milliseconds, for durations and expiry. The zero point means nothing. */
  now(): number;
  /** Milliseconds since the Unix epoch, for showing and for protocols that carry a date. */
  wallTime(): number;
  /** Calls `callback` once after `delayMs` milliseconds. Does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  /** Resolves after `delayMs` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export const Clock: ServiceToken<Clock> = serviceToken<Clock>('clock');

/** A clock whose `sleep` is built on its `setTimeout`, so that there is one way to wait. */
export abstract class TimerClock implements Clock {
  abstract now(): number;
  abstract wallTime(): number;
  abstract setTimeout(callback: () => void, delayMs: number): Timer;

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, delayMs);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** The longest delay that `setTimeout` of the platform takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The real time. */
export class SystemClock extends TimerClock {
  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const due = this.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - this.now();
      handle =
        left > LONGEST_DELAY_MS
          ? setTimeout(arm, LONGEST_DELAY_MS).unref()
          : setTimeout(callback, Math.max(0, left)).unref();
    };
    arm();
    const cancel = (): void => clearTimeout(handle);
    return { cancel, [Symbol.dispose]: cancel };
  }
}
