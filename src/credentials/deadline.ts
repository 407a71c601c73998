import type { Clock } from '../extension/clock.js';

/** What `withDeadline` rejects with when the time is over. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1_000} s`);
  }
}

/**
 * Runs `work` with a signal that aborts when `timeoutMs` is over or `signal` aborts, and rejects at that moment
 * with its reason, also when `work` does not heed it.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = clock.setTimeout(() => limit.abort(new DeadlineExceeded(timeoutMs)), timeoutMs);
  const either = AbortSignal.any([signal, limit.signal]);
  try {
    return await abortable(either, work(either));
  } finally {
    timer.cancel();
  }
}

/** Settles with `work`, or rejects with the signal's reason when it aborts, also when `work` does not heed it. */
export async function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
