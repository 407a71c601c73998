import { Clock, config, Extension, inject, Logger, type RateDecision, RateLimiter } from '../../authoring.js';
import { Fill } from './bucket.js';
import { Buckets } from './buckets.js';
import { TokenBucketConfig, type TokenBucketSettings } from './config.js';

/** How often it is said at most that keys share a bucket. */
const QUIET_MS = 60_000;

const GRANTED: RateDecision = Object.freeze({ outcome: 'granted' });

/** A rate with bursts: one bucket for all who bind it, and one for each key that they name. */
@Extension({
  urn: 'urn:otel:extension:token_bucket',
  description: 'Limits a rate, with bursts; all who bind it share one budget.',
  traits: [RateLimiter],
  execution: 'shared',
  config: TokenBucketConfig,
})
export class TokenBucket implements RateLimiter {
  readonly #burst: number;
  readonly #clock: Clock;
  readonly #buckets: Buckets;
  readonly #maxKeys: number;
  readonly #log: Logger;
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(
    @config() settings: TokenBucketSettings,
    @inject(Clock) clock: Clock,
    @inject(Logger) log: Logger,
  ) {
    const { rate, interval, burst = rate, max_keys } = settings;
    this.#burst = burst;
    this.#clock = clock;
    this.#maxKeys = max_keys;
    this.#log = log;
    const fill = new Fill(rate, interval, burst);
    this.#buckets = new Buckets(fill, max_keys, clock.now(), () => this.#warnCrowded());
  }

  async take(amount: number, key?: string): Promise<RateDecision> {
    if (!Number.isSafeInteger(amount) || amount < 0) {
      throw new RangeError(`a rate limiter grants whole numbers of units from 0, not ${amount}`);
    }
    if (amount > this.#burst) return { outcome: 'never', largest: this.#burst };
    const now = this.#clock.now();
    const retryAfterMs = this.#buckets.bucketOf(key, now).take(amount, now);
    return retryAfterMs === 0 ? GRANTED : { outcome: 'later', retryAfterMs };
  }

  #warnCrowded(): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#log.warn('more keys are in use than max_keys; those beyond share one bucket', {
      max_keys: this.#maxKeys,
    });
  }
}
