import {
  type Clock,
  type HeaderDecision,
  type HttpServerMiddleware,
  type Logger,
  printable,
  RequestMetadata,
  reasonOf,
  Secret,
  type Signal,
} from '../../authoring.js';
import { headerValues } from './raw-headers.js';
import { deniedByHeaders, type Refusal, undecided } from './refusals.js';

/** What became of a request: why it must not go on, or what its data is to carry. */
export type HeaderOutcome =
  | { readonly refusal: Refusal }
  | { readonly refusal?: undefined; readonly metadata: RequestMetadata | undefined };

/** A middleware that is down says so once in this time, not once a request. */
const QUIET_MS = 10_000;

/** Asks the `http_server_middleware` about requests by their headers. */
export class HeaderCheck {
  readonly #middleware: HttpServerMiddleware;
  readonly #protocol: 'grpc' | 'http';
  readonly #log: Logger;
  readonly #clock: Clock;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  constructor(middleware: HttpServerMiddleware, protocol: 'grpc' | 'http', log: Logger, clock: Clock) {
    this.#middleware = middleware;
    this.#protocol = protocol;
    this.#log = log;
    this.#clock = clock;
  }

  /** Why the request must not go on, or what its data is to carry. Never throws: who cannot decide lets nobody in. */
  async check(signal: Signal, raw: readonly string[]): Promise<HeaderOutcome> {
    const headers = new Map<string, Secret>();
    for (const [name, value] of headerValues(raw)) headers.set(name, new Secret(value));
    try {
      const request = { protocol: this.#protocol, signal, headers };
      return outcomeOf(await this.#middleware.checkHeaders(request));
    } catch (error) {
      this.#report(error, headers.values());
      return { refusal: undecided };
    }
  }

  /** Only the message, and that without what the client sent: a middleware may have put it there. */
  #report(error: unknown, sent: Iterable<Secret>): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) {
      this.#unreported += 1;
      return;
    }
    this.#quietUntil = now + QUIET_MS;
    this.#log.error('the http_server_middleware could not decide; requests are refused until it can', {
      protocol: this.#protocol,
      error: printable(reasonOf(error), sent),
      unreported: this.#unreported,
    });
    this.#unreported = 0;
  }
}

/** @throws RangeError when the metadata is none that can travel */
function outcomeOf(decision: HeaderDecision): HeaderOutcome {
  // Only a clear yes is one, whatever a middleware written in JavaScript answers.
  if (decision.allowed !== true)
    return { refusal: deniedByHeaders(decision.reason, printable(decision.message)) };
  const { metadata } = decision;
  if (metadata === undefined || metadata.size === 0) return { metadata: undefined };
  return { metadata: new RequestMetadata([...metadata].map(([name, value]) => [name, value.reveal()])) };
}
