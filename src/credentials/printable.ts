import { peerText } from '../otlp/peer-text.js';
import { Secret } from '../traits/secret.js';

/** A JSON Web Token, signed or not: three base64url parts of which the first is a JSON object. */
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/**
 * Makes what a token server wrote, such as an `error_description`, fit for messages and logs. Beyond `peerText` it
 * hides the given secrets as URLs and forms carry them too, and whatever looks like a JWT,
 * since an assertion may be sent that this process never saw in the clear.
 */
export function printable(text: string, secrets: Iterable<Secret> = []): string {
  const forms = [...secrets].flatMap((secret) => [secret, ...encoded(secret.reveal())]);
  return peerText(text.replace(JWT, '[REDACTED]'), forms);
}

function encoded(value: string): Secret[] {
  const inForm = new URLSearchParams({ v: value }).toString().slice('v='.length);
  const inUrl = encodeURIComponent(value);
  // As clients write it into a Basic header (RFC 6749, section 2.3.1), which servers may decode by half.
  const inBasic = inUrl.replace(
    /[-_.!~*'()]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [inUrl, inForm, inBasic].map((form) => new Secret(form));
}
