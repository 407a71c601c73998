import { duration, z } from '../../authoring.js';

/** `rate_limit`: how requests are charged to the `rate_limiter` that is bound. */
export const RateLimitSettings = z.strictObject({
  unit: z
    .enum(['requests', 'items', 'bytes'])
    .describe(
      'What is counted: requests; items, which are spans, metric data points and log records; or bytes of the message, as protobuf and uncompressed',
    ),
  per: z
    .enum(['all', 'caller'])
    .default('all')
    .describe(
      'Whose budget is charged: all for the one that everybody shares, caller for one of each caller as the authorizer names it',
    ),
  max_wait: duration()
    .prefault('0s')
    .describe('How long a request is held for the limiter to grant it before it is refused'),
});

export type RateLimitSettings = z.output<typeof RateLimitSettings>;
