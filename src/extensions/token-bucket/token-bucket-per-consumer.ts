import { Clock, config, Extension, inject, Logger, RateLimiter } from '../../authoring.js';
import { TokenBucketConfig, type TokenBucketSettings } from './config.js';
import { TokenBucket } from './token-bucket.js';

/** The same rate for each component that binds it, every one with a budget of its own. */
@Extension({
  urn: 'urn:otel:extension:token_bucket_per_consumer',
  description: 'Limits a rate, with bursts; each component that binds it has a budget of its own.',
  traits: [RateLimiter],
  execution: 'shared',
  instancing: 'per_consumer',
  config: TokenBucketConfig,
})
export class TokenBucketPerConsumer extends TokenBucket {
  constructor(
    @config() settings: TokenBucketSettings,
    @inject(Clock) clock: Clock,
    @inject(Logger) log: Logger,
  ) {
    super(settings, clock, log);
  }
}
