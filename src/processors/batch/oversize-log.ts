import type { Clock, Logger } from '../../authoring.js';
import { type BatchLimits, sizeOf } from './limits.js';
import type { Parcel } from './parcel.js';

/** How long it is kept quiet after it was told, in milliseconds. */
const QUIET_MS = 30_000;

/** Tells an operator of batches that are larger than `max_size`, however they were split, without a line for each. */
export class OversizeLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #limits: BatchLimits;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #batches = 0;
  #largest = 0;

  constructor(logger: Logger, clock: Clock, limits: BatchLimits) {
    this.#logger = logger;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** These batches are about to be sent. The line counts those that are too large since the line before. */
  see(batches: readonly Parcel[]): void {
    const { max, sizer } = this.#limits;
    if (max === undefined) return;
    for (const { pdata } of batches) {
      const size = sizeOf(pdata, sizer);
      if (size <= max) continue;
      this.#batches += 1;
      this.#largest = Math.max(this.#largest, size);
    }
    if (this.#batches > 0) this.#tell(max);
  }

  #tell(max_size: number): void {
    const now = this.#clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#logger.warn(
      'batches are larger than max_size: an item alone is, or its resource, scope and metric are too large to be ' +
        'repeated for so few; raise max_size, or send less in one item or resource',
      { sizer: this.#limits.sizer, max_size, largest: this.#largest, batches: this.#batches },
    );
    this.#batches = 0;
    this.#largest = 0;
  }
}
