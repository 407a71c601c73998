import type { z } from 'zod';
import { TokenBucketConfig } from '../../../src/extensions/token-bucket/config.js';
import { TokenBucket } from '../../../src/extensions/token-bucket/index.js';
import { CapturedLogger, FakeClock } from '../../../src/testing/index.js';

/** A limiter on a clock that the test moves. */
export function limiter(config: z.input<typeof TokenBucketConfig>) {
  const clock = new FakeClock();
  const log = new CapturedLogger();
  return { clock, log, bucket: new TokenBucket(TokenBucketConfig.parse(config), clock, log) };
}

export const granted = { outcome: 'granted' } as const;

export function later(retryAfterMs: number) {
  return { outcome: 'later', retryAfterMs } as const;
}
