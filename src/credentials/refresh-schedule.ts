import type { BearerToken } from '../traits/bearer-token.js';

/** A scheduled refresh comes at least this long after the last one. */
export const MIN_REFRESH_INTERVAL_MS = 10_000;

/** A refresh comes up to this much earlier than asked, so that many instances do not refresh at once. */
export const REFRESH_JITTER_MS = 60_000;

const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

/** A random number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * Milliseconds from `now` to the refresh of a token obtained at `now`; `undefined` for a token that does not
 * expire.
 */
export function refreshDelay(
  token: BearerToken,
  now: number,
  refreshAheadMs: number,
  random: Random,
): number | undefined {
  if (token.expiresAt === undefined) return undefined;
  const asked = token.expiresAt - now - refreshAheadMs - random() * REFRESH_JITTER_MS;
  return Math.max(MIN_REFRESH_INTERVAL_MS, asked);
}

/**
 * Milliseconds to wait after the n-th failure in a row: 10 s doubling to 300 s, with equal jitter (half of it
 * fixed, half of it random).
 */
export function failureDelay(failures: number, random: Random): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  return full / 2 + (random() * full) / 2;
}
