import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../authoring.js';

/**
 * The tokens that are admitted: the current one and, for a grace time, the one before. Tokens are compared in constant
 * time, so that the time of an answer says nothing about how much of a guess was right. Every request asks, which is
 * why it is the tokens that are compared and not their digests: making one costs more than all else that is done here.
 */
export class AdmittedTokens {
  readonly #graceMs: number;
  #current: Buffer | undefined;
  #previous: { readonly bytes: Buffer; readonly until: number } | undefined;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Whether any token is known. */
  get known(): boolean {
    return this.#current !== undefined;
  }

  /** Makes `token` the current one at `now` (monotonic milliseconds). */
  admit(token: Secret, now: number): void {
    if (this.#current !== undefined && this.#graceMs > 0) {
      this.#previous = { bytes: this.#current, until: now + this.#graceMs };
    }
    this.#current = bytesOf(token);
  }

  /** Forgets all. */
  clear(): void {
    this.#current = undefined;
    this.#previous = undefined;
  }

  has(token: Secret, now: number): boolean {
    const bytes = bytesOf(token);
    if (this.#current !== undefined && equal(bytes, this.#current)) return true;
    return this.#previous !== undefined && now < this.#previous.until && equal(bytes, this.#previous.bytes);
  }
}

function bytesOf(token: Secret): Buffer {
  return Buffer.from(token.reveal(), 'utf8');
}

/** A guess of another length takes as long as one of the right length. */
function equal(guess: Buffer, token: Buffer): boolean {
  const fits = guess.byteLength === token.byteLength;
  return timingSafeEqual(fits ? guess : token, token) && fits;
}
