import type { ScalarKind } from '../schema/message-type.js';
import type { BackwardWriter } from '../wire/backward-writer.js';
import {
  type IntegerRange,
  int32Range,
  int64Range,
  integerIn,
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
const HEX = /^(?:[0-9a-fA-F]{2})*$/;

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
    writeDecoded(writer, stripped, 'base64');
    return undefined;
  },
  id: (writer, value) => {
    if (typeof value !== 'string' || !HEX.test(value)) return 'a string of hexadecimal digits, two a byte';
    writeDecoded(writer, value, 'hex');
    return undefined;
  },
  bool: (writer, value) => {
    if (typeof value !== 'boolean') return 'true or false';
    writer.varint(value ? 1 : 0);
    return undefined;
  },
  // OTLP/JSON deviates from proto3 JSON here: names are not allowed.
  enum: (writer, value) => {
    const integer = typeof value === 'string' ? undefined : integerIn(int32Range, value);
    if (integer === undefined) return 'an enum value as an integer';
    writer.varint64(integer);
    return undefined;
  },
  int32: integerWriter('a 32-bit integer', int32Range, (writer, value) => writer.varint64(value)),
  uint32: integerWriter('an unsigned 32-bit integer', uint32Range, (writer, value) => writer.varint64(value)),
  sint32: integerWriter('a 32-bit integer', int32Range, (writer, value) =>
    writer.varint64(value < 0n ? -2n * value - 1n : 2n * value),
  ),
  int64: integerWriter('a 64-bit integer', int64Range, (writer, value) => writer.varint64(value)),
  uint64: integerWriter('an unsigned 64-bit integer', uint64Range, (writer, value) => writer.varint64(value)),
  fixed32: integerWriter('an unsigned 32-bit integer', uint32Range, (writer, value) =>
    writer.fixed32(Number(value)),
  ),
  fixed64: integerWriter('an unsigned 64-bit integer', uint64Range, (writer, value) => writer.fixed64(value)),
  sfixed64: integerWriter('a 64-bit integer', int64Range, (writer, value) => writer.fixed64(value)),
  double: (writer, value) => {
    const double = toDouble(value);
    if (double === undefined) return "a number, or 'NaN', 'Infinity' or '-Infinity'";
    writer.double(double);
    return undefined;
  },
};

function integerWriter(
  what: string,
  range: IntegerRange,
  write: (writer: BackwardWriter, value: bigint) => void,
): ScalarWriter {
  return (writer, value) => {
    const integer = integerIn(range, value);
    if (integer === undefined) return `${what}, as a number or a string of digits`;
    write(writer, integer);
    return undefined;
  };
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

function writeDecoded(writer: BackwardWriter, text: string, encoding: 'base64' | 'hex'): void {
  const mark = writer.size;
  writer.bytes(Buffer.from(text, encoding));
  writer.lengthSince(mark);
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
