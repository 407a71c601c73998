import type { Secret } from '../traits/secret.js';

/** How much of what a server wrote is shown: enough to understand it, not enough to flood a log. */
const SHOWN_CHARACTERS = 500;

/** How far into a text is looked at all. Well over what is shown, so that a secret is not cut before it is found. */
const READ_CHARACTERS = 16 * 1024;

/**
 * What a server wrote, made fit for errors and logs: on one line, cut after 500 characters, and without the
 * secrets that it was sent and may have echoed.
 */
export function peerText(text: string, secrets: Iterable<Secret | undefined> = []): string {
  let shown = text.slice(0, READ_CHARACTERS);
  for (const secret of secrets) {
    if (secret === undefined) continue;
    const value = secret.reveal();
    // A very short value would tear holes into any text without hiding anything.
    if (value.length >= 4) shown = shown.replaceAll(value, '[REDACTED]');
  }
  shown = shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}…` : shown;
}
