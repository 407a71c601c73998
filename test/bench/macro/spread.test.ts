import { describe, expect, it } from '@jest/globals';

interface Spread {
  readonly median: number;
  readonly certain: readonly [number, number] | null;
}

/** The benchmarks run as they are, without types; this says what they are. */
const { spread }: { spread(values: readonly number[]): Spread } = await import(
  new URL('./spread.mjs', import.meta.url).href
);
const { contestTable }: { contestTable(results: readonly object[]): string } = await import(
  new URL('./tables.mjs', import.meta.url).href
);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** How often the median of all lies between two of so many values, the one and its mirror image. */
function coverage(count: number, rank: number): number {
  let outside = 0;
  let ways = 1;
  for (let below = 0; below <= rank; below += 1) {
    outside += ways;
    ways = (ways * (count - below)) / (below + 1);
  }
  return 1 - (2 * outside) / 2 ** count;
}

describe('where the median of many more pairs would lie', () => {
  it('is not said of fewer than six', () => {
    expect(upTo(6).map((count) => spread(upTo(count)).certain)).toEqual(Array(6).fill(null));
    expect(spread(upTo(6)).certain).toEqual([0, 5]);
  });

  it('is said with 95 % or more, however many there are', () => {
    for (let count = 6; count <= 1_000; count += 1) {
      const [from, to] = spread(upTo(count)).certain ?? [-1, -1];
      expect(to).toBe(count - 1 - from);
      expect(coverage(count, from)).toBeGreaterThanOrEqual(0.95);
    }
  });

  it('is a dash in the table when there are too few pairs, and the legend says how many it takes', () => {
    const side = { cpuMicrosPerRequest: 1, requestsPerSecond: 1 };
    const contest = (pairs: number): string =>
      contestTable([
        {
          name: 'one / other',
          baseline: side,
          compared: side,
          pairs,
          cpuRatio: spread(upTo(pairs)),
          rateRatio: spread(upTo(pairs)),
          waitedShare: 0,
          roundCpuRatios: [1],
          totalCpuRatio: 1,
          quietCpuRatio: 1,
        },
      ]);
    expect(contest(5)).toMatch(/^one \/ other +1\.0 +1\.0 +2\.000 +- +0\.00 to 4\.00 /m);
    expect(contest(6)).toMatch(/^one \/ other +1\.0 +1\.0 +2\.500 +0\.00 to 5\.00 +0\.00 to 5\.00 /m);
    expect(contest(5)).toContain('which takes\n6 pairs or more');
  });
});
