import { varintSize, writeVarint } from './varint.js';

const INITIAL_SIZE = 1024;
/** Up to here copying characters one by one beats calling into the runtime. */
const SHORT_TEXT = 96;

/**
 * Writes protobuf back to front: a message's content stands before its length has to be written, so nesting costs
 * neither a pass to measure nor a move. Fields, and the elements of repeated fields, are written last to first.
 */
export class BackwardWriter {
  #buffer: Buffer;
  /** The first byte that is written; everything from here on is the message so far. */
  #pos: number;

  constructor(initialSize = INITIAL_SIZE) {
    this.#buffer = Buffer.allocUnsafeSlow(initialSize);
    this.#pos = initialSize;
  }

  /** How many bytes are written so far: a mark to measure a message by. */
  get size(): number {
    return this.#buffer.length - this.#pos;
  }

  /** What was written, front to back, in memory of its own size. */
  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(this.#pos));
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** The length of what was written since the mark. */
  lengthSince(mark: number): void {
    this.varint(this.size - mark);
  }

  /** @param value a non-negative integer below 2^53 */
  varint(value: number): void {
    const pos = this.#reserve(varintSize(value));
    writeVarint(this.#buffer, pos, value);
  }

  /** @param value taken as unsigned 64 bits: negative numbers become their two's complement, ten bytes */
  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    const groups: number[] = [];
    while (rest >= 0x80n) {
      groups.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    groups.push(Number(rest));
    let pos = this.#reserve(groups.length);
    for (const group of groups) {
      this.#buffer[pos] = group;
      pos += 1;
    }
  }

  fixed32(value: number): void {
    const pos = this.#reserve(4);
    this.#buffer.writeUInt32LE(value, pos);
  }

  /** @param value taken as unsigned 64 bits */
  fixed64(value: bigint): void {
    const pos = this.#reserve(8);
    this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), pos);
  }

  /** An unsigned integer of 64 bits by its lower and its upper 32. */
  fixed64Halves(low: number, high: number): void {
    const pos = this.#reserve(8);
    this.#buffer.writeUInt32LE(low, pos);
    this.#buffer.writeUInt32LE(high, pos + 4);
  }

  double(value: number): void {
    const pos = this.#reserve(8);
    this.#buffer.writeDoubleLE(value, pos);
  }

  /** Text as UTF-8, without its length; half a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    if (value.length <= SHORT_TEXT && this.#ascii(value)) return;
    const size = Buffer.byteLength(value, 'utf8');
    const pos = this.#reserve(size);
    this.#buffer.write(value, pos, size, 'utf8');
  }

  /** The bytes that hexadecimal digits stand for, without their length. @returns false when that is not what it is */
  hex(value: string): boolean {
    const size = value.length >>> 1;
    if (size * 2 !== value.length) return false;
    const pos = this.#reserve(size);
    for (let index = 0; index < size; index += 1) {
      const upper = digitOf(value.charCodeAt(index * 2));
      const lower = digitOf(value.charCodeAt(index * 2 + 1));
      if (upper < 0 || lower < 0) return false;
      this.#buffer[pos + index] = upper * 16 + lower;
    }
    return true;
  }

  bytes(value: Uint8Array): void {
    const pos = this.#reserve(value.length);
    this.#buffer.set(value, pos);
  }

  /** @returns false, with nothing written, when the text is not ASCII */
  #ascii(value: string): boolean {
    const pos = this.#reserve(value.length);
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) {
        this.#pos += value.length;
        return false;
      }
      this.#buffer[pos + index] = code;
    }
    return true;
  }

  #reserve(count: number): number {
    if (count > this.#pos) this.#grow(count);
    this.#pos -= count;
    return this.#pos;
  }

  #grow(count: number): void {
    const { size } = this;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, size + count));
    grown.set(this.#buffer.subarray(this.#pos), grown.length - size);
    this.#pos = grown.length - size;
    this.#buffer = grown;
  }
}

/** What a hexadecimal digit counts; negative for any other character. */
function digitOf(code: number): number {
  if (code < 0x3a) return code < 0x30 ? -1 : code - 0x30;
  const letter = code | 0x20;
  return letter < 0x61 || letter > 0x66 ? -1 : letter - 0x57;
}
