import { Clock, config, Extension, inject, Logger, RateLimiter } from '../../authoring.js';
import { TokenBucketConfig, type TokenBucketSettings } from './config.js';
import { TokenBucket } from './token-bucket.js';

/** The same rate in each worker of a pipeline that runs on several cores, and no thread to ask for it. */
@Extension({
  urn: 'urn:otel:extension:token_bucket_per_worker',
  description:
    'Limits a rate, with bursts; each worker has a budget of its own, which costs no call to another thread.',
  traits: [RateLimiter],
  execution: 'local',
  config: TokenBucketConfig,
})
export class TokenBucketPerWorker extends TokenBucket {
  constructor(
    @config() settings: TokenBucketSettings,
    @inject(Clock) clock: Clock,
    @inject(Logger) log: Logger,
  ) {
    super(settings, clock, log);
  }
}
