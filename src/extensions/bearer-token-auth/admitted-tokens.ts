import { hash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../authoring.js';

/**
 * The tokens that are admitted: the current one and, for a grace time, the one before. Tokens are compared by their
 * digests in constant time, so that the time of an answer says nothing about how much of a guess was right.
 */
export class AdmittedTokens {
  readonly #graceMs: number;
  #current: Buffer | undefined;
  #previous: { readonly digest: Buffer; readonly until: number } | undefined;

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
      this.#previous = { digest: this.#current, until: now + this.#graceMs };
    }
    this.#current = digestOf(token);
  }

  /** Forgets all. */
  clear(): void {
    this.#current = undefined;
    this.#previous = undefined;
  }

  has(token: Secret, now: number): boolean {
    const digest = digestOf(token);
    if (this.#current !== undefined && timingSafeEqual(digest, this.#current)) return true;
    return (
      this.#previous !== undefined &&
      now < this.#previous.until &&
      timingSafeEqual(digest, this.#previous.digest)
    );
  }
}

function digestOf(token: Secret): Buffer {
  return hash('sha256', token.reveal(), 'buffer');
}
