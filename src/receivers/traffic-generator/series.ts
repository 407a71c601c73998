import { bounds, type Instrument } from './instruments.js';
import type { Random } from './random.js';
import { writeInteger } from './stamp.js';

/** How many buckets, from the fastest on, requests usually end up in. */
const COMMON_BUCKETS = 7;

/** What one series has counted so far; it writes the next value where the data point has it. */
export class Series {
  readonly #instrument: Instrument;
  readonly #buckets = new Float64Array(bounds.length + 1);
  #total = 0;
  #sum = 0;

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
  }

  /** @param places where a value stands; for a histogram count, sum and then the buckets */
  write(view: DataView, at: number, places: readonly number[], random: Random): void {
    const { kind, range } = this.#instrument;
    const place = at + (places[0] ?? 0);
    switch (kind) {
      case 'counter':
        this.#total += random.below(range);
        writeInteger(view, place, this.#total);
        break;
      case 'level':
        writeInteger(view, place, Math.floor(range * (0.5 + random.fraction() / 2)));
        break;
      case 'gauge':
        view.setFloat64(place, Math.round(random.fraction() * 10_000) / 10_000, true);
        break;
      case 'histogram':
        this.#observe(1 + random.below(range), random);
        writeInteger(view, place, this.#total);
        view.setFloat64(at + (places[1] ?? 0), this.#sum, true);
        for (const [index, count] of this.#buckets.entries()) {
          writeInteger(view, at + (places[2 + index] ?? 0), count);
        }
        break;
    }
  }

  /** Some requests of about the same duration, and now and then a slow one. */
  #observe(count: number, random: Random): void {
    const slow = random.below(10) === 0;
    const bucket = slow ? bounds.length - random.below(3) : random.below(COMMON_BUCKETS);
    const duration = (bounds[bucket] ?? 2 * (bounds.at(-1) ?? 0)) * 0.9;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count;
    this.#total += count;
    this.#sum += duration * count;
  }
}
