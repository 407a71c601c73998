import { describe, expect, it } from '@jest/globals';
import { granted, later, limiter } from './harness.js';

describe('a token bucket', () => {
  it('begins full: it grants a burst at once, and as much as rate unless burst is given', async () => {
    const { bucket } = limiter({ rate: 10, burst: 25 });
    expect(await bucket.take(25)).toEqual(granted);
    expect(await bucket.take(1)).toEqual(later(100));
    const other = limiter({ rate: 10 });
    expect(await other.bucket.take(10)).toEqual(granted);
    expect(await other.bucket.take(1)).toEqual(later(100));
  });

  it('fills evenly, not interval by interval', async () => {
    const { bucket, clock } = limiter({ rate: 60, interval: '1m', burst: 60 });
    await bucket.take(60);
    await clock.advance(999);
    expect(await bucket.take(1)).toEqual(later(1));
    await clock.advance(1);
    expect(await bucket.take(1)).toEqual(granted);
    await clock.advance(30_000);
    expect(await bucket.take(30)).toEqual(granted);
    expect(await bucket.take(1)).toEqual(later(1_000));
  });

  it('holds no more than a burst, however long nobody asks', async () => {
    const { bucket, clock } = limiter({ rate: 10, burst: 20 });
    await clock.advance(365 * 86_400_000);
    expect(await bucket.take(20)).toEqual(granted);
    expect(await bucket.take(1)).toEqual(later(100));
  });

  it('grants all of an amount or nothing: a refused request costs nothing', async () => {
    const { bucket } = limiter({ rate: 10 });
    expect(await bucket.take(7)).toEqual(granted);
    expect(await bucket.take(4)).toEqual(later(100));
    expect(await bucket.take(3)).toEqual(granted);
  });

  it('says never to more than a burst, and how much is possible', async () => {
    const { bucket, clock } = limiter({ rate: 10, burst: 20 });
    expect(await bucket.take(21)).toEqual({ outcome: 'never', largest: 20 });
    await clock.advance(60_000);
    expect(await bucket.take(21)).toEqual({ outcome: 'never', largest: 20 });
    expect(await bucket.take(20)).toEqual(granted);
  });

  it('always grants nothing', async () => {
    const { bucket } = limiter({ rate: 1 });
    await bucket.take(1);
    expect(await bucket.take(0)).toEqual(granted);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'refuses to be asked for %d units, for that is a mistake of the caller',
    async (amount) => {
      const { bucket } = limiter({ rate: 10 });
      await expect(bucket.take(amount)).rejects.toThrow(
        new RangeError(`a rate limiter grants whole numbers of units from 0, not ${amount}`),
      );
    },
  );

  it('has no timer, so an idle one costs nothing', async () => {
    const { bucket, clock } = limiter({ rate: 10 });
    await bucket.take(10);
    await bucket.take(10, 'somebody');
    expect(clock.pending).toBe(0);
  });
});

describe('a token bucket with keys', () => {
  it('gives each key a budget of its own, and those without a key one together', async () => {
    const { bucket } = limiter({ rate: 10 });
    expect(await bucket.take(10, 'red')).toEqual(granted);
    expect(await bucket.take(1, 'red')).toEqual(later(100));
    expect(await bucket.take(10, 'blue')).toEqual(granted);
    expect(await bucket.take(10)).toEqual(granted);
    expect(await bucket.take(1)).toEqual(later(100));
    expect(await bucket.take(10, '')).toEqual(granted);
  });

  it('tells long keys apart by their whole length', async () => {
    const { bucket } = limiter({ rate: 10 });
    const long = 'x'.repeat(10_000);
    expect(await bucket.take(10, `${long}1`)).toEqual(granted);
    expect(await bucket.take(10, `${long}2`)).toEqual(granted);
    expect(await bucket.take(1, `${long}1`)).toEqual(later(100));
  });

  it('lets keys beyond max_keys share one budget, and says so once in a minute', async () => {
    const { bucket, clock, log } = limiter({ rate: 10, max_keys: 2 });
    await bucket.take(10, 'a');
    await bucket.take(10, 'b');
    expect(await bucket.take(6, 'c')).toEqual(granted);
    expect(await bucket.take(6, 'd')).toEqual(later(200));
    expect(await bucket.take(4, 'd')).toEqual(granted);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'more keys are in use than max_keys; those beyond share one bucket',
        fields: { max_keys: 2 },
      },
    ]);
    await clock.advance(60_000);
    for (const key of ['a', 'b', 'c', 'd', 'e']) await bucket.take(5, key);
    expect(log.lines).toHaveLength(2);
  });

  it('gives the place of a key whose bucket is full again to the next', async () => {
    const { bucket, clock, log } = limiter({ rate: 10, max_keys: 2 });
    await bucket.take(10, 'a');
    await clock.advance(500);
    await bucket.take(10, 'b');
    await clock.advance(500);
    expect(await bucket.take(10, 'c')).toEqual(granted);
    expect(await bucket.take(5, 'b')).toEqual(granted);
    expect(await bucket.take(1, 'b')).toEqual(later(100));
    expect(log.lines).toEqual([]);
  });

  it('gives a key nothing twice when it gets a place after it had to share', async () => {
    const { bucket, clock } = limiter({ rate: 10, burst: 20, max_keys: 1 });
    await bucket.take(1, 'a');
    expect(await bucket.take(20, 'b')).toEqual(granted);
    await clock.advance(100);
    expect(await bucket.take(2, 'b')).toEqual(later(100));
    expect(await bucket.take(1, 'b')).toEqual(granted);
  });
});
