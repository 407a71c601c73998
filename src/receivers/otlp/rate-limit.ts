import {
  BearerTokenAuthorizer,
  type Clock,
  type ConfigMistake,
  type EffectHandler,
  type Logger,
  type Pdata,
  RateLimiter,
  reasonOf,
} from '../../authoring.js';
import type { RateLimitSettings } from './rate-limit-settings.js';
import { beyondAnyRate, overRate, type Refusal, stopping, unlimitable } from './refusals.js';
import { RepeatedWarning } from './repeated-warning.js';

/** A limiter that fails says so once in this time, not once a request. */
const QUIET_MS = 10_000;

/**
 * How long a held request goes without asking again. The limiter may have been replaced by one that grants more, or
 * that never grants so much, and nobody says so.
 */
const LONGEST_SLEEP_MS = 1_000;

/** A request that is charged to the limiter. */
export interface Charged {
  /** When it must have its answer, in monotonic milliseconds. */
  readonly deadline: number;
  /** Who sent it, as the authorizer says; `undefined` when nobody was asked. */
  readonly caller: string | undefined;
  /** Aborts when it has its answer, or its client is gone. */
  ended(): AbortSignal;
  /** Answers it. */
  refuse(refusal: Refusal): void;
}

/** Charges requests to the `rate_limiter`, before their body is read or by what is in it. */
export class RateLimit {
  readonly #limiter: RateLimiter;
  readonly #settings: RateLimitSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Requests that sleep until they are granted. */
  readonly #held = new Set<Charged>();
  #holds = true;
  readonly #refusing: RepeatedWarning;
  readonly #refusingForGood: RepeatedWarning;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  constructor(limiter: RateLimiter, settings: RateLimitSettings, effect: EffectHandler) {
    this.#limiter = limiter;
    this.#settings = settings;
    this.#clock = effect.clock;
    this.#log = effect.logger;
    const { unit } = settings;
    const warning = (message: string): RepeatedWarning =>
      new RepeatedWarning(effect.logger, effect.clock, message, { unit });
    this.#refusing = warning('requests are refused because they are more than rate_limiter grants');
    this.#refusingForGood = warning(
      'requests are refused for good because each asks for more than rate_limiter ever grants at once; ' +
        'raise its burst, or let clients send smaller ones',
    );
  }

  /** Whether requests are charged as such, so that it can be done before their body is read. */
  get countsRequests(): boolean {
    return this.#settings.unit === 'requests';
  }

  /** Why the request must not go on, or `undefined` when it may. Never rejects. */
  chargeRequest(request: Charged): Promise<Refusal | undefined> {
    return this.#charge(1, request);
  }

  /**
   * Why the data must not go on, or `undefined` when it may. Never rejects. Data without an item that can be counted is
   * charged as one, for it goes on all the same.
   */
  chargeData(pdata: Pdata, request: Charged): Promise<Refusal | undefined> {
    const { unit } = this.#settings;
    return this.#charge(unit === 'items' ? Math.max(1, pdata.itemCount) : pdata.byteLength, request);
  }

  /**
   * The receiver stops: requests that wait for the limiter are refused, now and from now on. None of their data was
   * taken, so their clients can bring it elsewhere, and the stop need not wait for them.
   */
  holdNoMore(): void {
    this.#holds = false;
    for (const request of this.#held) request.refuse(stopping);
  }

  async #charge(amount: number, request: Charged): Promise<Refusal | undefined> {
    const { max_wait, per, unit } = this.#settings;
    const key = per === 'caller' ? request.caller : undefined;
    const latest = Math.min(this.#clock.now() + max_wait, request.deadline);
    try {
      for (;;) {
        const decision = await this.#limiter.take(amount, key);
        if (decision.outcome === 'granted') return undefined;
        if (decision.outcome === 'never') {
          this.#refusingForGood.report();
          return beyondAnyRate(amount, decision.largest, unit);
        }
        const { retryAfterMs } = decision;
        // Anything else that a limiter written in JavaScript may answer is no answer.
        if (!(retryAfterMs > 0 && retryAfterMs < Number.POSITIVE_INFINITY)) {
          throw new TypeError('its answer is none that a rate_limiter gives');
        }
        if (this.#clock.now() + retryAfterMs > latest) {
          this.#refusing.report();
          return overRate(retryAfterMs);
        }
        if (!this.#holds) return stopping;
        await this.#hold(request, Math.min(retryAfterMs, LONGEST_SLEEP_MS));
      }
    } catch (error) {
      // It has its answer already; what is said here reaches nobody.
      if (request.ended().aborted) return stopping;
      this.#report(error);
      return unlimitable;
    }
  }

  /** Rejects when the request ends first. */
  async #hold(request: Charged, ms: number): Promise<void> {
    this.#held.add(request);
    try {
      await this.#clock.sleep(ms, request.ended());
    } finally {
      this.#held.delete(request);
    }
  }

  #report(error: unknown): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) {
      this.#unreported += 1;
      return;
    }
    this.#quietUntil = now + QUIET_MS;
    this.#log.error('the rate_limiter could not decide; requests are refused until it can', {
      error: reasonOf(error),
      unreported: this.#unreported,
    });
    this.#unreported = 0;
  }
}

/** What is wrong with `rate_limit` in view of what is bound. */
export function rateLimitMistakes(
  settings: RateLimitSettings | undefined,
  bound: ReadonlySet<unknown>,
): readonly ConfigMistake[] {
  const limited = bound.has(RateLimiter);
  if (settings === undefined) {
    if (!limited) return [];
    const message =
      'capabilities binds rate_limiter, but rate_limit is missing: say what it counts, such as rate_limit: { unit: requests }';
    return [{ path: ['rate_limit'], message }];
  }
  if (!limited) {
    const message =
      'rate_limit needs a rate_limiter: bind one in capabilities, such as rate_limiter: name-of-a-token_bucket, or remove rate_limit';
    return [{ path: ['rate_limit'], message }];
  }
  if (settings.per === 'caller' && !bound.has(BearerTokenAuthorizer)) {
    const message =
      'rate_limit.per: caller needs a bearer_token_authorizer, which says who the caller is: bind one in capabilities, or write per: all';
    return [{ path: ['rate_limit', 'per'], message }];
  }
  return [];
}

/** The limit of a receiver; `undefined` when it has none. */
export function rateLimitOf(
  effect: EffectHandler,
  settings: RateLimitSettings | undefined,
): RateLimit | undefined {
  if (settings === undefined) return undefined;
  return new RateLimit(effect.getExtension(RateLimiter), settings, effect);
}
