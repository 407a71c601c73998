export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * The median; between which values all and the middle half of them lie; and between which the median of many more would
 * lie, with a certainty of 95 % where there are enough of them.
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quarter = sorted.length >> 2;
  // The sign test's interval, by the normal distribution.
  const rank = Math.max(0, Math.floor(sorted.length / 2 - 0.98 * Math.sqrt(sorted.length)));
  return {
    median: median(sorted),
    certain: [sorted[rank], sorted[sorted.length - 1 - rank]],
    least: sorted[0],
    most: sorted.at(-1),
    quartiles: [sorted[quarter], sorted[sorted.length - 1 - quarter]],
  };
}
