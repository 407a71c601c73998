import {
  type BearerTokenAuthorizer,
  type Clock,
  type Logger,
  printable,
  reasonOf,
  Secret,
} from '../../authoring.js';
import { denied, type Refusal, undecided } from './refusals.js';

/** The scheme is case-insensitive (RFC 9110, section 11.1); a token has no spaces in it (RFC 6750). */
const BEARER = /^bearer +([^\s]+) *$/i;
const BEARER_SCHEME = /^bearer(?: |$)/i;

/** An authorizer that is down says so once in this time, not once a request. */
const QUIET_MS = 10_000;

/** What became of a request: why it must not go on, or who sent it. */
export type GuardOutcome =
  | { readonly refusal: Refusal }
  | { readonly refusal?: undefined; readonly caller: string | undefined };

/** Asks the authorizer about requests by their `Authorization` headers. */
export class Guard {
  readonly #authorizer: BearerTokenAuthorizer;
  readonly #log: Logger;
  readonly #clock: Clock;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  constructor(authorizer: BearerTokenAuthorizer, log: Logger, clock: Clock) {
    this.#authorizer = authorizer;
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * Who the caller is, or why the request must not go on. Never throws: an authorizer that cannot decide lets nothing
   * through.
   *
   * @param headers every `Authorization` header of the request; more than one is an invalid credential
   */
  async check(headers: readonly string[]): Promise<GuardOutcome> {
    if (headers.length > 1) return { refusal: denied('InvalidCredential') };
    const header = headers[0]?.trim() ?? '';
    const token = BEARER.exec(header)?.[1];
    if (token === undefined && BEARER_SCHEME.test(header)) {
      return { refusal: denied('InvalidCredential') };
    }
    try {
      const decision = await this.#authorizer.authorize(token === undefined ? undefined : new Secret(token));
      if (decision.allowed !== true) return { refusal: denied(decision.reason) };
      // An authorizer written in JavaScript may forget to say who it is.
      return { caller: decision.identity?.subject };
    } catch (error) {
      this.#report(error, token);
      return { refusal: undecided };
    }
  }

  /** Only the message, and that without the token: an authorizer may have put it there. */
  #report(error: unknown, token: string | undefined): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) {
      this.#unreported += 1;
      return;
    }
    this.#quietUntil = now + QUIET_MS;
    this.#log.error('the authorizer could not decide; requests are refused until it can', {
      error: printable(reasonOf(error), token === undefined ? [] : [new Secret(token)]),
      unreported: this.#unreported,
    });
    this.#unreported = 0;
  }
}
