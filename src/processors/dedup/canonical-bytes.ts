import { hash } from 'node:crypto';
import { WireCursor } from '../../authoring.js';

const INITIAL_SIZE = 4_096;

/** Which fields of a message count. */
export interface CountingFields {
  readonly fields: ReadonlySet<number>;
  /** The field of the attributes: a set of pairs, whatever order it comes in. */
  readonly attributes: number | undefined;
}

/**
 * Brings fields of a message into one form, so that equal messages have equal digests: the fields as they are encoded,
 * in their order, and then the attributes, sorted. The framing of every field stays, so no two contents look alike.
 */
export class CanonicalBytes {
  readonly #source: Buffer;
  #buffer = Buffer.allocUnsafe(INITIAL_SIZE);
  #length = 0;
  /** Where each attribute begins and ends, by turns. */
  readonly #attributes: number[] = [];

  constructor(source: Uint8Array) {
    this.#source = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Begins anew, with bytes of a length that is always the same. */
  begin(...seeds: readonly Uint8Array[]): void {
    this.#length = 0;
    this.#attributes.length = 0;
    for (const seed of seeds) this.#append(seed);
  }

  /** Adds what counts of the message between two offsets. */
  add(start: number, end: number, { fields, attributes }: CountingFields): void {
    const cursor = new WireCursor(this.#source, start, end);
    while (cursor.pos < end) {
      const at = cursor.pos;
      const tag = cursor.tag();
      cursor.skip(tag);
      const field = tag >>> 3;
      if (field === attributes) this.#attributes.push(at, cursor.pos);
      else if (fields.has(field)) this.#copy(at, cursor.pos);
    }
  }

  /** SHA-256 of what was added since the beginning: nobody can make two records that are taken for one. */
  digest(): Buffer {
    const attributes = this.#attributes;
    const order: number[] = [];
    for (let index = 0; index < attributes.length; index += 2) order.push(index);
    order.sort((one, other) => this.#compare(one, other));
    for (const index of order) this.#copy(attributes[index] ?? 0, attributes[index + 1] ?? 0);
    return hash('sha256', this.#buffer.subarray(0, this.#length), 'buffer');
  }

  /** Byte by byte: attributes are short, and a call into the runtime for each pair would cost more. */
  #compare(one: number, other: number): number {
    const source = this.#source;
    let [left = 0, right = 0] = [this.#attributes[one], this.#attributes[other]];
    const [leftEnd = 0, rightEnd = 0] = [this.#attributes[one + 1], this.#attributes[other + 1]];
    while (left < leftEnd && right < rightEnd) {
      const difference = (source[left] ?? 0) - (source[right] ?? 0);
      if (difference !== 0) return difference;
      left += 1;
      right += 1;
    }
    return leftEnd - left - (rightEnd - right);
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #copy(start: number, end: number): void {
    this.#reserve(end - start);
    this.#source.copy(this.#buffer, this.#length, start, end);
    this.#length += end - start;
  }

  #reserve(count: number): void {
    const length = this.#length + count;
    if (length <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
