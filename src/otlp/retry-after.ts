/**
 * Milliseconds that a `Retry-After` header asks for (RFC 9110, section 10.2.3), given in seconds or as a date;
 * `undefined` when it is neither.
 *
 * @param wallTimeMs the time now, in milliseconds since the Unix epoch
 */
export function parseRetryAfter(header: string, wallTimeMs: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  // All three forms of an HTTP date begin with the name of a day; Date.parse alone would take far more.
  if (!/^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallTimeMs);
}

/** A delay as the value of `Retry-After`: whole seconds, rounded up. */
export function formatRetryAfter(ms: number): string {
  return String(Math.max(0, Math.ceil(ms / 1_000)));
}
