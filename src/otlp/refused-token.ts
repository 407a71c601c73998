import type { BearerToken } from '../traits/bearer-token.js';
import type { Secret } from '../traits/secret.js';

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * The token that the server refused last. It is not sent again until a pause is over, 10 s doubling to 300 s for as
 * long as it goes on being refused: one that was revoked fails no more than a few requests, and one that the server
 * refused by its own mistake is tried again. Tokens are told apart by their secret, since a provider may wrap the
 * same one anew.
 */
export class RefusedToken {
  #secret: Secret | undefined;
  #pauseMs = 0;
  #until = 0;
  #replaced = false;

  /** How long the token is not sent, in milliseconds. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** @returns whether an outage begins: none was refused before, or not for longer than a pause can be */
  refuse(token: BearerToken, now: number): boolean {
    const began = this.#secret === undefined || now - this.#until > LONGEST_PAUSE_MS;
    const again = !began && this.#is(token);
    this.#pauseMs = again ? Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    this.#secret = token.secret;
    this.#until = now + this.#pauseMs;
    if (began) this.#replaced = false;
    return began;
  }

  /** Whether the token must not be sent now. */
  bars(token: BearerToken, now: number): boolean {
    return this.lasts(now) && this.#is(token);
  }

  /** Whether the pause is under way. */
  lasts(now: number): boolean {
    return now < this.#until;
  }

  /** Whether the token is the first other one since the outage began; says so once. */
  isReplacedBy(token: BearerToken): boolean {
    if (this.#secret === undefined || this.#replaced || this.#is(token)) return false;
    this.#replaced = true;
    return true;
  }

  #is(token: BearerToken): boolean {
    return this.#secret?.reveal() === token.secret.reveal();
  }
}
