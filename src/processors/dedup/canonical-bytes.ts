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
  #attributes: Buffer[] = [];

  constructor(source: Uint8Array) {
    this.#source = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Begins anew, with bytes of a length that is always the same. */
  begin(...seeds: readonly Uint8Array[]): void {
    this.#length = 0;
    this.#attributes = [];
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
      if (field === attributes) this.#attributes.push(this.#source.subarray(at, cursor.pos));
      else if (fields.has(field)) this.#append(this.#source.subarray(at, cursor.pos));
    }
  }

  /** SHA-256 of what was added since the beginning: nobody can make two records that are taken for one. */
  digest(): Buffer {
    this.#attributes.sort(Buffer.compare);
    for (const attribute of this.#attributes) this.#append(attribute);
    return hash('sha256', this.#buffer.subarray(0, this.#length), 'buffer');
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}
