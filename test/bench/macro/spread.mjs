export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The median, and between which values all and the middle half of them lie. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quarter = sorted.length >> 2;
  return {
    median: median(sorted),
    least: sorted[0],
    most: sorted.at(-1),
    quartiles: [sorted[quarter], sorted[sorted.length - 1 - quarter]],
  };
}
