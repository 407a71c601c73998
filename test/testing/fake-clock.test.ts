import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../src/testing/index.js';

describe('a fake clock', () => {
  it('fires timers in the order of their due times, and stands where it was moved to', async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('late'), 20);
    clock.setTimeout(() => fired.push('early'), 10);
    await clock.advance(25);
    expect(fired).toEqual(['early', 'late']);
    expect(clock.now()).toBe(25);
  });

  it.each([-5, Number.NaN, Number.POSITIVE_INFINITY])(
    'is not moved by %p, and stands where it was',
    async (ms) => {
      const clock = new FakeClock();
      await clock.advance(10);
      await expect(clock.advance(ms)).rejects.toThrow(
        new RangeError(`a clock can be moved forward by milliseconds, 0 or more, and not by ${ms}`),
      );
      expect(clock.now()).toBe(10);
    },
  );
});
