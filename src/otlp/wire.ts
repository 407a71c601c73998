import { MalformedPayload } from '../pdata/malformed.js';

/**
 * The little of protobuf that responses need: messages of a few short fields. Requests, which are large, have
 * their own reader in pdata.
 */
export class MessageWriter {
  readonly #bytes: number[] = [];
  readonly #parts: Uint8Array[] = [];

  /** A varint field; left out when zero, as proto3 does. Negative values take ten bytes. */
  varint(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint((field << 3) | 0);
    this.#varint64(BigInt.asUintN(64, BigInt(Math.trunc(value))));
    return this;
  }

  /** A string field; left out when empty. */
  string(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** A bytes or message field; written even when empty. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint((field << 3) | 2);
    this.#varint(value.byteLength);
    this.#flush();
    this.#parts.push(value);
    return this;
  }

  finish(): Buffer {
    this.#flush();
    return Buffer.concat(this.#parts);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
  }

  #varint64(value: bigint): void {
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#bytes.push(Number(rest));
  }

  #flush(): void {
    if (this.#bytes.length > 0) this.#parts.push(Uint8Array.from(this.#bytes.splice(0)));
  }
}

/** One field of a message: a number for varints, bytes for strings and messages. */
export type Field =
  | { readonly number: number; readonly type: 'varint'; readonly value: number }
  | { readonly number: number; readonly type: 'bytes'; readonly value: Uint8Array };

/**
 * The varint and length-delimited fields of a message, in their order; fixed-width fields are stepped over.
 *
 * @throws MalformedPayload when the bytes are not a protobuf message
 */
export function* readFields(bytes: Uint8Array): Generator<Field, void, void> {
  const cursor = new Cursor(bytes);
  while (!cursor.done) {
    const key = Number(cursor.varint());
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, type: 'varint', value: Number(BigInt.asIntN(64, cursor.varint())) };
        break;
      case 1:
        cursor.take(8);
        break;
      case 2:
        yield { number, type: 'bytes', value: cursor.take(Number(cursor.varint())) };
        break;
      case 5:
        cursor.take(4);
        break;
      default:
        throw new MalformedPayload(`not a protobuf message: field ${number} has wire type ${key % 8}`);
    }
  }
}

/** Text of a string field. Bytes that are not UTF-8 show as replacement characters. */
export function fieldText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new MalformedPayload('not a protobuf message: it ends within a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedPayload('not a protobuf message: a number is longer than ten bytes');
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.byteLength) {
      throw new MalformedPayload('not a protobuf message: a field is longer than what is left');
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
