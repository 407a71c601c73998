import { expect, it } from '@jest/globals';
import { RateLimiter } from '../../src/authoring.js';

const noting = (): RateLimiter & { readonly asked: (readonly [number, string | undefined])[] } => {
  const asked: (readonly [number, string | undefined])[] = [];
  return {
    asked,
    async take(amount, key) {
      asked.push([amount, key]);
      return { outcome: 'granted' };
    },
  };
};

it('a handle of a rate limiter asks the instance of the moment, for whose budget it was told', async () => {
  const [before, after] = [noting(), noting()];
  const target: { current: RateLimiter; follow: () => never } = {
    current: before,
    follow: () => {
      throw new Error('it has no stream');
    },
  };
  const handle = RateLimiter.handle(target, { namespace: 'default/main/receiver/in' });
  expect(await handle.take(3, 'red')).toEqual({ outcome: 'granted' });
  target.current = after;
  await handle.take(1);
  expect([before.asked, after.asked]).toEqual([[[3, 'red']], [[1, undefined]]]);
});
