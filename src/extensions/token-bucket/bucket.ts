/** Time is counted in whole microseconds: finer than any clock here resolves. */
const TICKS_PER_MS = 1_000;

/**
 * How fast buckets fill and how much they hold. A unit is counted in parts, as many as there are ticks in an interval,
 * so that each tick brings a whole number of them.
 */
export class Fill {
  readonly partsPerUnit: bigint;
  readonly partsPerTick: bigint;
  readonly capacityParts: bigint;

  /**
   * @param rate units that come in with each interval; a whole number
   * @param burst units that a bucket holds; a whole number
   */
  constructor(rate: number, intervalMs: number, burst: number) {
    this.partsPerUnit = BigInt(Math.round(intervalMs * TICKS_PER_MS));
    this.partsPerTick = BigInt(rate);
    this.capacityParts = BigInt(burst) * this.partsPerUnit;
  }
}

/**
 * Holds up to `burst` units and gets `rate` of them back with each interval, evenly. Its content is a whole
 * number of parts of a unit, so nothing is ever rounded and nothing drifts, however long it runs and whatever the rate.
 * It has no timer: it looks at the time that has passed when it is asked.
 */
export class Bucket {
  readonly #fill: Fill;
  #parts: bigint;
  #tick: number;

  /**
   * @param nowMs monotonic milliseconds, as in all methods
   * @param parts what it holds at first; all that it can when absent
   */
  constructor(fill: Fill, nowMs: number, parts = fill.capacityParts) {
    this.#fill = fill;
    this.#tick = tickAt(nowMs);
    this.#parts = parts;
  }

  /**
   * Takes all of `amount`, or nothing.
   *
   * @param amount a whole number, no more than `burst`
   * @returns 0 when it was taken; else after how many whole milliseconds there will be enough
   */
  take(amount: number, nowMs: number): number {
    this.#refill(nowMs);
    const cost = BigInt(amount) * this.#fill.partsPerUnit;
    if (cost > this.#parts) return this.#waitFor(cost - this.#parts, nowMs);
    this.#parts -= cost;
    return 0;
  }

  /** What it holds, in parts of a unit. */
  parts(nowMs: number): bigint {
    this.#refill(nowMs);
    return this.#parts;
  }

  /** Whether nothing is missing, so that a new bucket would be the same. */
  isFull(nowMs: number): boolean {
    return this.parts(nowMs) === this.#fill.capacityParts;
  }

  #refill(nowMs: number): void {
    const tick = tickAt(nowMs);
    if (tick <= this.#tick) return;
    const { capacityParts, partsPerTick } = this.#fill;
    const parts = this.#parts + BigInt(tick - this.#tick) * partsPerTick;
    this.#parts = parts < capacityParts ? parts : capacityParts;
    this.#tick = tick;
  }

  #waitFor(missing: bigint, nowMs: number): number {
    const { partsPerTick } = this.#fill;
    const due = this.#tick + Number((missing + partsPerTick - 1n) / partsPerTick);
    let waitMs = Math.ceil(due / TICKS_PER_MS - nowMs);
    // The sum of two times may be rounded down across a tick; whoever comes when told must not come too early.
    while (tickAt(nowMs + waitMs) < due) waitMs += 1;
    return waitMs;
  }
}

function tickAt(ms: number): number {
  return Math.floor(ms * TICKS_PER_MS);
}
