import type { Secret } from '../traits/secret.js';

const LONGEST = 200;
const REDACTED = '[REDACTED]';

/** A JSON Web Token, signed or not: three base64url parts of which the first is a JSON object. */
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** Everything that could break a log line, move a terminal's cursor or reorder what is read. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu;

/**
 * Makes text that came from elsewhere, such as a server's `error_description`, fit for messages and logs: one
 * line, at most 200 characters, without the given secrets (also percent-encoded) and without anything that
 * looks like a JWT, in case the other side repeats what it was sent.
 */
export function printable(text: string, secrets: Iterable<Secret> = []): string {
  let shown = text;
  for (const secret of secrets) {
    const value = secret.reveal().trim();
    if (value === '') continue;
    for (const form of [value, encodeURIComponent(value)]) shown = shown.replaceAll(form, REDACTED);
  }
  shown = shown.replace(JWT, REDACTED).replace(UNPRINTABLE, ' ').replace(/ {2,}/g, ' ').trim();
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}...` : shown;
}
