import type { Random } from './random.js';

const WORD = 2 ** 32;

/** When the records of one batch are supposed to have happened: one after the other, up to now. */
export class BatchTime {
  /** Now, in milliseconds since the Unix epoch. */
  readonly wallTime: number;
  readonly #high: number;
  readonly #low: number;
  readonly #spacing: number;
  readonly #last: number;

  /**
   * @param spacing nanoseconds between two records
   */
  constructor(wallTime: number, count: number, spacing: number) {
    this.wallTime = wallTime;
    const nanos = BigInt(Math.floor(wallTime * 1_000)) * 1_000n;
    this.#high = Number(nanos >> 32n);
    this.#low = Number(nanos & 0xffff_ffffn);
    this.#spacing = spacing;
    this.#last = count - 1;
  }

  /** When the record at this index happened, in nanoseconds before or after now. */
  of(index: number): number {
    return Math.round((index - this.#last) * this.#spacing);
  }

  /** Writes a time as the wire has it. Works on two words, because a BigInt for each record would cost. */
  write(view: DataView, at: number, nanos: number): void {
    const low = this.#low + nanos;
    const carry = Math.floor(low / WORD);
    view.setUint32(at, low - carry * WORD, true);
    view.setUint32(at + 4, this.#high + carry, true);
  }
}

/** Writes a whole number of up to 53 bits. */
export function writeInteger(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % WORD, true);
  view.setUint32(at + 4, Math.floor(value / WORD), true);
}

/** Writes an id of `words` times four bytes. An id of zeros would be invalid; the lowest bit of the last word is set. */
export function writeId(view: DataView, at: number, words: number, random: Random): void {
  for (let word = 0; word < words - 1; word++) view.setUint32(at + word * 4, random.uint32());
  view.setUint32(at + (words - 1) * 4, random.uint32() | 1);
}
