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
  const bytes = readBytes(cursor);
  if (!isUtf8(bytes)) throw new WireFault('utf8', cursor.pos - bytes.length);
  return bytes.toString('utf8');
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
