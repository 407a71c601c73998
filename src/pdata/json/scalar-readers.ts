import type { ScalarKind } from '../schema/message-type.js';
import type { WireCursor } from '../wire/cursor.js';
import { readBytes, readDouble, readFixed32, readFixed64, readText, readVarint } from '../wire/values.js';

/** How one scalar on the wire, its tag already read, is written in OTLP/JSON. */
export type ScalarReader = (cursor: WireCursor) => string | number | boolean;

export const scalarReaders: Readonly<Record<ScalarKind, ScalarReader>> = {
  string: (cursor) => readText(cursor),
  bytes: (cursor) => readBytes(cursor).toString('base64'),
  id: (cursor) => readBytes(cursor).toString('hex'),
  bool: (cursor) => readVarint(cursor) !== 0n,
  enum: (cursor) => Number(BigInt.asIntN(32, readVarint(cursor))),
  int32: (cursor) => Number(BigInt.asIntN(32, readVarint(cursor))),
  uint32: (cursor) => Number(BigInt.asUintN(32, readVarint(cursor))),
  sint32: (cursor) => {
    const zigzag = BigInt.asUintN(32, readVarint(cursor));
    return Number((zigzag >> 1n) ^ -(zigzag & 1n));
  },
  int64: (cursor) => String(BigInt.asIntN(64, readVarint(cursor))),
  uint64: (cursor) => String(readVarint(cursor)),
  fixed32: (cursor) => readFixed32(cursor),
  fixed64: (cursor) => String(readFixed64(cursor)),
  sfixed64: (cursor) => String(BigInt.asIntN(64, readFixed64(cursor))),
  double: (cursor) => {
    const value = readDouble(cursor);
    // JSON has no numbers for these, and its zero has no sign.
    if (!Number.isFinite(value)) return String(value);
    return Object.is(value, -0) ? '-0' : value;
  },
};
