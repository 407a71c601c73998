import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { Secret } from '../../authoring.js';
import type { OAuth2ClientAuthSettings } from './config.js';

/** Long enough for clocks that differ, short enough that a stolen assertion is of little use. */
const LIFETIME_S = 300;

/**
 * Signs the assertion of a JWT bearer grant (RFC 7523, section 3).
 *
 * @param wallTime milliseconds since the Unix epoch
 * @throws Error when the key is no private key in PEM or does not fit the algorithm; never shows the key
 */
export async function signAssertion(
  settings: OAuth2ClientAuthSettings,
  clientId: string,
  pem: Secret,
  wallTime: number,
): Promise<Secret> {
  const issuedAt = Math.floor(wallTime / 1_000);
  const claims: JWTPayload = {
    iss: settings.iss ?? clientId,
    sub: clientId,
    aud: settings.audience ?? settings.token_url,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_S,
    jti: randomUUID(),
    ...settings.claims,
  };
  const alg = settings.signature_algorithm ?? 'RS256';
  const kid = settings.client_certificate_key_id;
  const jwt = new SignJWT(claims).setProtectedHeader({
    alg,
    typ: 'JWT',
    ...(kid === undefined ? {} : { kid }),
  });
  const key = parseKey(pem);
  try {
    return new Secret(await jwt.sign(key));
  } catch {
    // The library's error may describe the key.
    throw new Error(
      `client_certificate_key: this ${key.asymmetricKeyType ?? 'unknown'} key cannot sign with ${alg}; ` +
        'set signature_algorithm to what the key is for',
    );
  }
}

function parseKey(pem: Secret): KeyObject {
  try {
    return createPrivateKey(pem.reveal());
  } catch {
    // The library's error may quote the key.
    throw new Error('client_certificate_key: is not an unencrypted private key in PEM');
  }
}
