import type { z } from 'zod';
import { RateLimiter } from '../../../src/authoring.js';
import { TokenBucketConfig } from '../../../src/extensions/token-bucket/config.js';
import { TokenBucket } from '../../../src/extensions/token-bucket/index.js';
import type { RateLimitSettings } from '../../../src/receivers/otlp/rate-limit-settings.js';
import { CapturedLogger, FakeClock, provide, type TestEffectOptions } from '../../../src/testing/index.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

/** A receiver whose requests are charged to a token bucket, on the same clock. */
export function limitedReceiver(
  bucket: z.input<typeof TokenBucketConfig>,
  rateLimit: z.input<typeof RateLimitSettings>,
  options: Omit<TestEffectOptions, 'clock' | 'logger'> = {},
): Promise<RunningReceiver> {
  const clock = new FakeClock();
  const limiter = new TokenBucket(TokenBucketConfig.parse(bucket), clock, new CapturedLogger());
  const extensions = [...(options.extensions ?? []), provide(RateLimiter, limiter)];
  return runReceiver({ grpc: {}, http: {} }, { ...options, extensions, rateLimit, clock });
}
