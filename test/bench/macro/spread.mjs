export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** With fewer values not even all of them say with 95 % where the median lies. */
export const LEAST_FOR_CERTAIN = 6;

/**
 * The median; and between which values all and the middle half of them lie; and between which the median of many more
 * would lie, with a certainty of 95 %: `null` when there are too few of them to say that.
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quarter = sorted.length >> 2;
  // The sign test's interval, by the normal distribution with a correction for steps; never narrower than the exact one.
  const rank = Math.floor((sorted.length - 1) / 2 - 0.98 * Math.sqrt(sorted.length));
  return {
    median: median(sorted),
    certain: sorted.length < LEAST_FOR_CERTAIN ? null : [sorted[rank], sorted[sorted.length - 1 - rank]],
    least: sorted[0],
    most: sorted.at(-1),
    quartiles: [sorted[quarter], sorted[sorted.length - 1 - quarter]],
  };
}
