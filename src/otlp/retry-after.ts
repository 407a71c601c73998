/**
 * The longest delay that is read or written, in milliseconds: a day. What asks for more than that is a mistake or an
 * attack, and far more than that fits neither a header nor the seconds of protobuf.
 */
export const LONGEST_RETRY_DELAY_MS = 86_400_000;

/** A delay within 0 and `LONGEST_RETRY_DELAY_MS`; `undefined` for what is no number. */
export function boundedRetryDelay(ms: number | undefined): number | undefined {
  if (ms === undefined || Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(0, ms), LONGEST_RETRY_DELAY_MS);
}

/**
 * Milliseconds that a `Retry-After` header asks for (RFC 9110, section 10.2.3), given in seconds or as a date;
 * `undefined` when it is neither. Never more than `LONGEST_RETRY_DELAY_MS`.
 *
 * @param wallTimeMs the time now, in milliseconds since the Unix epoch
 */
export function parseRetryAfter(header: string, wallTimeMs: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return boundedRetryDelay(Number(text) * 1_000);
  // All three forms of an HTTP date begin with the name of a day; Date.parse alone would take far more.
  if (!/^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b/.test(text)) return undefined;
  const date = Date.parse(text);
  return boundedRetryDelay(date - wallTimeMs);
}

/** A delay as the value of `Retry-After`: whole seconds, rounded up, no more than a day. */
export function formatRetryAfter(ms: number): string {
  return String(Math.ceil((boundedRetryDelay(ms) ?? 0) / 1_000));
}
