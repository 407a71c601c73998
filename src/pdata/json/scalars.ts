import type { ScalarKind } from '../schema/message-type.js';
import type { BackwardWriter } from '../wire/backward-writer.js';
import { type Halves, readHalves, safeNaturalOf } from './decimal.js';
import {
  type IntegerRange,
  int32Range,
  int64Range,
  integerIn,
  isSmallNatural,
  uint32Range,
  uint64Range,
} from './integers.js';

/**
 * How a JSON value becomes the value of one scalar field, without its tag. Returns what a value must be when it is
 * not, and undefined when it was written.
 */
export type ScalarWriter = (writer: BackwardWriter, value: unknown) => string | undefined;

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** Both alphabets, as proto3 JSON has readers take. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

export const scalarWriters: Readonly<Record<ScalarKind, ScalarWriter>> = {
  string: (writer, value) => {
    if (typeof value !== 'string') return 'a string';
    const mark = writer.size;
    writer.text(value);
    writer.lengthSince(mark);
    return undefined;
  },
  bytes: (writer, value) => {
    const stripped = typeof value === 'string' && BASE64.test(value) ? value.replace(/=+$/, '') : undefined;
    if (stripped === undefined || stripped.length % 4 === 1) return 'a string of base64';
    const mark = writer.size;
    writer.bytes(Buffer.from(stripped, 'base64'));
    writer.lengthSince(mark);
    return undefined;
  },
  id: (writer, value) => {
    const mark = writer.size;
    if (typeof value !== 'string' || !writer.hex(value)) return 'a string of hexadecimal digits, two a byte';
    writer.lengthSince(mark);
    return undefined;
  },
  bool: (writer, value) => {
    if (typeof value !== 'boolean') return 'true or false';
    writer.varint(value ? 1 : 0);
    return undefined;
  },
  // OTLP/JSON deviates from proto3 JSON here: names are not allowed.
  enum: (writer, value) => {
    const what = 'an enum value as an integer';
    return typeof value === 'string' ? what : writeVarint(writer, value, int32Range, what);
  },
  int32: (writer, value) => writeVarint(writer, value, int32Range, 'a 32-bit integer'),
  uint32: (writer, value) => writeVarint(writer, value, uint32Range, 'an unsigned 32-bit integer'),
  sint32: (writer, value) => {
    const integer = integerIn(int32Range, value);
    if (integer === undefined) return 'a 32-bit integer';
    writer.varint64(integer < 0n ? -2n * integer - 1n : 2n * integer);
    return undefined;
  },
  int64: (writer, value) => writeVarint(writer, value, int64Range, 'a 64-bit integer'),
  uint64: (writer, value) => writeVarint(writer, value, uint64Range, 'an unsigned 64-bit integer'),
  fixed32: (writer, value) => {
    const integer = integerIn(uint32Range, value);
    if (integer === undefined) return 'an unsigned 32-bit integer';
    writer.fixed32(Number(integer));
    return undefined;
  },
  fixed64: (writer, value) => writeFixed64(writer, value, uint64Range, 'an unsigned 64-bit integer'),
  sfixed64: (writer, value) => writeFixed64(writer, value, int64Range, 'a 64-bit integer'),
  double: (writer, value) => {
    const double = toDouble(value);
    if (double === undefined) return "a number, or 'NaN', 'Infinity' or '-Infinity'";
    writer.double(double);
    return undefined;
  },
};

function writeVarint(
  writer: BackwardWriter,
  value: unknown,
  range: IntegerRange,
  what: string,
): string | undefined {
  const natural = typeof value === 'string' ? safeNaturalOf(value) : value;
  if (isSmallNatural(natural)) {
    writer.varint(natural);
    return undefined;
  }
  const integer = integerIn(range, value);
  if (integer === undefined) return what;
  writer.varint64(integer);
  return undefined;
}

/** Used again for each value. */
const halves: Halves = { low: 0, high: 0 };

function writeFixed64(
  writer: BackwardWriter,
  value: unknown,
  range: IntegerRange,
  what: string,
): string | undefined {
  if (typeof value === 'string' && readHalves(value, halves)) {
    writer.fixed64Halves(halves.low, halves.high);
    return undefined;
  }
  const integer = integerIn(range, value);
  if (integer === undefined) return what;
  writer.fixed64(integer);
  return undefined;
}

function toDouble(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  const double = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  // JSON has no infinite numbers: what is infinite now was too big for a double.
  return typeof double === 'number' && Number.isFinite(double) ? double : undefined;
}

/** Whether a JSON value is, for this kind, the default that a field without presence leaves off the wire. */
export function isDefault(kind: ScalarKind, value: unknown): boolean {
  switch (kind) {
    case 'string':
    case 'bytes':
    case 'id':
      return value === '';
    case 'bool':
      return value === false;
    case 'double':
      return value === 0 && !Object.is(value, -0);
    case 'enum':
      return value === 0;
    default:
      return value === 0 || value === '0';
  }
}
