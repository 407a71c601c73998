import { isUtf8 } from 'node:buffer';
import type { WireCursor } from './cursor.js';
import { WireFault } from './faults.js';

/** Reads a varint as unsigned 64 bits. */
export function readVarint(cursor: WireCursor): bigint {
  const start = cursor.pos;
  cursor.skipVarint();
  let value = 0n;
  for (let pos = cursor.pos - 1; pos >= start; pos -= 1) {
    value = (value << 7n) | BigInt((cursor.bytes[pos] ?? 0) & 0x7f);
  }
  return value;
}

/** Reads a length-delimited value: a view of the message's memory. */
export function readBytes(cursor: WireCursor): Buffer {
  const length = cursor.length();
  return take(cursor, length);
}

export function readText(cursor: WireCursor): string {
  const length = cursor.length();
  const { bytes, pos } = cursor;
  if (length <= SHORT_TEXT && bytes instanceof Buffer && isAscii(bytes, pos, pos + length)) {
    cursor.pos = pos + length;
    return bytes.toString('latin1', pos, pos + length);
  }
  const text = take(cursor, length);
  if (!isUtf8(text)) throw new WireFault('utf8', pos);
  return text.toString('utf8');
}

/** Up to here looking at each byte beats a view for a call into the runtime. */
const SHORT_TEXT = 64;

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0;
  for (let pos = start; pos < end; pos += 1) bits |= bytes[pos] ?? 0;
  return bits < 0x80;
}

/** Reads a varint as signed 32 bits, as enums and most numbers are. */
export function readInt32(cursor: WireCursor): number {
  const byte = cursor.bytes[cursor.pos] ?? 0x80;
  if (byte >= 0x80 || cursor.pos >= cursor.end) return Number(BigInt.asIntN(32, readVarint(cursor)));
  cursor.pos += 1;
  return byte;
}

export function readFixed32(cursor: WireCursor): number {
  return take(cursor, 4).readUInt32LE();
}

export function readFixed64(cursor: WireCursor): bigint {
  return take(cursor, 8).readBigUInt64LE();
}

export function readDouble(cursor: WireCursor): number {
  return take(cursor, 8).readDoubleLE();
}

function take(cursor: WireCursor, count: number): Buffer {
  const { bytes, pos } = cursor;
  cursor.advance(count);
  return Buffer.from(bytes.buffer, bytes.byteOffset + pos, count);
}
