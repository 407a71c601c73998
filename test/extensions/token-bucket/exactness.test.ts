import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bucket, Fill } from '../../../src/extensions/token-bucket/bucket.js';
import { Buckets } from '../../../src/extensions/token-bucket/buckets.js';

/** Units granted at a time, in whole microseconds. */
interface Grant {
  readonly atUs: bigint;
  readonly amount: bigint;
}

interface Rate {
  readonly rate: number;
  readonly intervalMs: number;
  readonly burst: number;
}

const anyRate: fc.Arbitrary<Rate> = fc
  .record({
    rate: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50_000_000_000 })),
    intervalMs: fc.oneof(
      fc.constantFrom(1, 7, 1_000, 60_000, 86_400_000),
      fc.integer({ min: 1, max: 1_000_000 }),
    ),
    times: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ rate, intervalMs, times }) => ({ rate, intervalMs, burst: Math.ceil((rate * times) / 10) }));

/** How long after the last request, as a part of the time in which a bucket fills, and how much of a burst it wants. */
const requests = fc.array(
  fc.record({
    pause: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.double({ min: 0, max: 1.5, noNaN: true })),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    key: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 60 },
);

const fillMs = ({ burst, intervalMs, rate }: Rate): number => (burst / rate) * intervalMs;

/** Whole microseconds as the clock would show them, which is where floating point may go wrong. */
const asMs = (us: bigint): number => Number(us) / 1_000;

/** What the bucket makes of it: a microsecond less where floating point did go wrong. */
const asSeen = (us: bigint): bigint => BigInt(Math.floor(asMs(us) * 1_000));

function mostInAnyWindow(grants: readonly Grant[], { rate, intervalMs, burst }: Rate): boolean {
  const intervalUs = BigInt(intervalMs) * 1_000n;
  return grants.every((first, from) => {
    let sum = 0n;
    return grants.slice(from).every(({ amount, atUs }) => {
      sum += amount;
      return sum * intervalUs <= BigInt(burst) * intervalUs + BigInt(rate) * (atUs - first.atUs);
    });
  });
}

describe('a token bucket', () => {
  it('never grants more than rate * t + burst in any window, whatever is asked for', () => {
    fc.assert(
      fc.property(anyRate, requests, (rate, asked) => {
        const bucket = new Bucket(new Fill(rate.rate, rate.intervalMs, rate.burst), 0);
        const grants: Grant[] = [];
        let nowUs = 0n;
        for (const { pause, part } of asked) {
          nowUs += BigInt(Math.floor(pause * fillMs(rate) * 1_000));
          const amount = Math.floor(part * rate.burst);
          if (bucket.take(amount, asMs(nowUs)) === 0)
            grants.push({ atUs: asSeen(nowUs), amount: BigInt(amount) });
        }
        expect(mostInAnyWindow(grants, rate)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never grants a key more than that, though keys lose, share and regain their places', () => {
    fc.assert(
      fc.property(anyRate, requests, fc.integer({ min: 1, max: 3 }), (rate, asked, maxKeys) => {
        const fill = new Fill(rate.rate, rate.intervalMs, rate.burst);
        const buckets = new Buckets(fill, maxKeys, 0, () => {});
        const grants = new Map<number, Grant[]>();
        let nowUs = 0n;
        for (const { key, part, pause } of asked) {
          nowUs += BigInt(Math.floor(pause * fillMs(rate) * 1_000));
          const amount = Math.floor(part * rate.burst);
          const waitMs = buckets.bucketOf(String(key), asMs(nowUs)).take(amount, asMs(nowUs));
          expect(buckets.size).toBeLessThanOrEqual(maxKeys);
          if (waitMs > 0) continue;
          grants.set(key, [...(grants.get(key) ?? []), { atUs: asSeen(nowUs), amount: BigInt(amount) }]);
        }
        for (const ofKey of grants.values()) expect(mostInAnyWindow(ofKey, rate)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('grants to whoever comes when told, and would not have a millisecond earlier, at any time of any clock', () => {
    const times = fc.array(
      fc.record({
        pause: fc.double({ min: 0, max: 1, noNaN: true }),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(anyRate, fc.double({ min: 0, max: 1e12, noNaN: true }), times, (rate, startMs, asked) => {
        const bucket = new Bucket(new Fill(rate.rate, rate.intervalMs, rate.burst), startMs);
        let now = startMs;
        for (const { part, pause } of asked) {
          now += pause * fillMs(rate);
          const amount = Math.ceil(part * rate.burst);
          const waitMs = bucket.take(amount, now);
          if (waitMs === 0) continue;
          expect(Number.isInteger(waitMs) && waitMs > 0).toBe(true);
          expect(waitMs === 1 || bucket.take(amount, now + waitMs - 1.01) > 0).toBe(true);
          now += waitMs;
          expect(bucket.take(amount, now)).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { rate: 3, intervalMs: 1_000, stepMs: 86_400_000 / 7 },
    { rate: 999_983, intervalMs: 1_000, stepMs: 997 },
    { rate: 7, intervalMs: 86_400_000, stepMs: 86_399_999 },
  ])('is right to the unit after 100000 steps of $stepMs ms at $rate in $intervalMs ms', (drift) => {
    const { intervalMs, rate, stepMs } = drift;
    const burst = Math.ceil((rate * stepMs * 2) / intervalMs);
    const bucket = new Bucket(new Fill(rate, intervalMs, burst), 0);
    expect(bucket.take(burst, 0)).toBe(0);
    let taken = 0;
    let now = 0;
    const wrong: number[] = [];
    for (let step = 1; step <= 100_000; step++) {
      now = step * stepMs;
      // All that there can be, by what is known of the whole time and not of the steps.
      const there = Math.floor((Math.floor(now * 1_000) / 1_000 / intervalMs) * rate) - taken;
      if (there > 1) {
        if (bucket.take(there - 1, now) > 0) wrong.push(step);
        taken += there - 1;
      }
      if (bucket.take(3, now) === 0) wrong.push(step);
    }
    expect(wrong).toEqual([]);
    expect(taken).toBeGreaterThan((now / intervalMs) * rate - 4);
  });

  it('grants to whoever comes when told where floating point has a microsecond less', () => {
    const bucket = new Bucket(new Fill(1, 888, 1), 3_271.105);
    expect(bucket.take(1, 3_271.105)).toBe(0);
    const waitMs = bucket.take(1, 3_271.105);
    expect(waitMs).toBe(889);
    expect(bucket.take(1, 3_271.105 + waitMs)).toBe(0);
  });

  it('does not lose or gain when the clock stands still or goes back', () => {
    const bucket = new Bucket(new Fill(10, 1_000, 10), 5_000);
    expect(bucket.take(10, 5_000)).toBe(0);
    expect(bucket.take(1, 4_000)).toBe(1_100);
    expect(bucket.take(1, 5_000)).toBe(100);
    expect(bucket.take(1, 5_100)).toBe(0);
    expect(bucket.take(0, 9_000)).toBe(0);
    expect(bucket.take(10, 8_000)).toBe(0);
  });
});
