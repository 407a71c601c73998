/** Bounds that keep a hostile or mistaken configuration from exhausting the process. */
export interface ConfigLimits {
  /** Bytes of one configuration source. */
  readonly sourceBytes: number;
  /** Bytes of one file that `${file:PATH}` names. */
  readonly expansionBytes: number;
  /** Milliseconds for fetching a configuration from a URL, all of it. */
  readonly fetchMs: number;
  /** Values that aliases may add by repeating others. */
  readonly aliasedValues: number;
  /** Levels of maps and lists within each other. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: ConfigLimits = Object.freeze({
  sourceBytes: 4 * 2 ** 20,
  expansionBytes: 2 ** 20,
  fetchMs: 10_000,
  aliasedValues: 100_000,
  depth: 100,
});

/** How many cores a machine has at most, in the largest build of Linux: more threads than that are a mistake. */
export const MOST_CORES = 8192;
