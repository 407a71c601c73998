import { expect, it } from '@jest/globals';
import { RateLimiter } from '../../src/authoring.js';
import { HandleTarget } from '../../src/extension/handle-target.js';

it('a handle of a rate limiter hands on how much is asked for, and from whose budget', async () => {
  const asked: (readonly [number, string | undefined])[] = [];
  const limiter: RateLimiter = {
    async take(amount, key) {
      asked.push([amount, key]);
      return { outcome: 'later', retryAfterMs: 5 };
    },
  };
  const target = new HandleTarget<RateLimiter>(limiter);
  const handle = RateLimiter.handle(target, { namespace: 'default/main/receiver/in' });
  expect(await handle.take(3, 'red')).toEqual({ outcome: 'later', retryAfterMs: 5 });
  await handle.take(1);
  expect(asked).toEqual([
    [3, 'red'],
    [1, undefined],
  ]);
});
