import type { Clock } from '../../extension/clock.js';
import { STOP_GRACE_MS } from '../../extension/lifecycle-services.js';

/** How long a worker may take at most to give up what does not end, extensions among it, in milliseconds. */
const GIVES_UP_MS = STOP_GRACE_MS + 1_000;

/** How long a worker that runs may take to answer, in milliseconds. */
const ANSWERS_MS = 2_000;

/**
 * Resolves when a worker should have answered long ago. Rejects when the signal aborts.
 *
 * @param limitMs how long it may take, beside what it gives up by itself
 * @param forced resolves when there is no more time
 */
export async function whenStuck(
  limitMs: number,
  clock: Clock,
  forced: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.race([clock.sleep(limitMs + GIVES_UP_MS, signal), forced]);
  await clock.sleep(ANSWERS_MS, signal);
}
