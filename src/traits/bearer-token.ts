import { Secret } from './secret.js';

/** A token within this many milliseconds of its expiry is not used by either side. */
export const USABLE_MARGIN_MS = 30_000;

/**
 * An OAuth 2.0 bearer token (RFC 6750) with the moment when it expires.
 *
 * Expiry is a point on the monotonic clock (`performance.now()`, or the `now()` of the injected `Clock`), in
 * milliseconds, so that a change of the system's time neither revives nor kills a token.
 */
export class BearerToken {
  readonly secret: Secret;
  /** Monotonic milliseconds; `undefined` for a token that does not expire. */
  readonly expiresAt: number | undefined;

  constructor(secret: Secret | string, expiresAt?: number) {
    this.secret = typeof secret === 'string' ? new Secret(secret) : secret;
    this.expiresAt = expiresAt;
  }

  /** Whether more than the usable margin of 30 s is left at `now` (monotonic milliseconds). */
  isUsable(now: number = performance.now()): boolean {
    return this.expiresAt === undefined || this.expiresAt - now > USABLE_MARGIN_MS;
  }

  /** The value of an `Authorization` header (RFC 6750, section 2.1). Shows the token: send it, never log it. */
  toAuthorizationHeader(): string {
    return `Bearer ${this.secret.reveal()}`;
  }
}
