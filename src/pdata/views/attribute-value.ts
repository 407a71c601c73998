import { MAX_DEPTH } from '../schema/schema.js';
import type { WireCursor } from '../wire/cursor.js';
import { WireFault } from '../wire/faults.js';
import { readBytes, readDouble, readText, readVarint } from '../wire/values.js';
import { WireType } from '../wire/wire-type.js';

/**
 * An AnyValue (common.v1): text, a boolean, an integer as bigint, a double as number, bytes, a list, or named values.
 * `null` is a value that says nothing, as encoders write it for an attribute without one.
 */
export type AttributeValue =
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | null
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>;

/** Field numbers of common.v1. */
const VALUES = 1;
const KEY = 1;
const VALUE = 2;

/**
 * Reads an AnyValue, its length first. One that comes in several parts is one value: of its members the last that is
 * set counts, and a part that sets none, or adds to a list, leaves what those before it said.
 *
 * @param before what the parts before this one said
 * @throws WireFault
 */
export function readAttributeValue(cursor: WireCursor, before: AttributeValue = null): AttributeValue {
  let value = before;
  within(cursor, (tag) => {
    value = readMember(cursor, tag, value);
  });
  return value;
}

/** @param before what an unknown field leaves as it was, and a list or named values add to */
function readMember(cursor: WireCursor, tag: number, before: AttributeValue): AttributeValue {
  switch (tag) {
    case 8 + WireType.length:
      return readText(cursor);
    case 16 + WireType.varint:
      return readVarint(cursor) !== 0n;
    case 24 + WireType.varint:
      return BigInt.asIntN(64, readVarint(cursor));
    case 32 + WireType.fixed64:
      return readDouble(cursor);
    case 40 + WireType.length:
      return readList(cursor, before);
    case 48 + WireType.length:
      return readNamedValues(cursor, before);
    case 56 + WireType.length:
      return readBytes(cursor);
    default:
      if (tag >>> 3 <= 7) throw new WireFault('wireType', cursor.pos - 1);
      cursor.skip(tag);
      return before;
  }
}

function readList(cursor: WireCursor, before: AttributeValue): readonly AttributeValue[] {
  const values: AttributeValue[] = Array.isArray(before) ? before : [];
  within(cursor, (tag) => {
    if (tag === VALUES * 8 + WireType.length) values.push(readAttributeValue(cursor));
    else cursor.skip(tag);
  });
  return values;
}

function readNamedValues(cursor: WireCursor, before: AttributeValue): ReadonlyMap<string, AttributeValue> {
  const values: Map<string, AttributeValue> = before instanceof Map ? before : new Map();
  within(cursor, (tag) => {
    if (tag !== VALUES * 8 + WireType.length) {
      cursor.skip(tag);
      return;
    }
    let key = '';
    let value: AttributeValue = null;
    within(cursor, (inner) => {
      if (inner === KEY * 8 + WireType.length) key = readText(cursor);
      else if (inner === VALUE * 8 + WireType.length) value = readAttributeValue(cursor, value);
      else cursor.skip(inner);
    });
    values.set(key, value);
  });
  return values;
}

/** Reads the fields of a message whose length stands at the cursor. */
function within(cursor: WireCursor, read: (tag: number) => void): void {
  if (cursor.depth === MAX_DEPTH) throw new WireFault('depth', cursor.pos);
  const { end } = cursor;
  cursor.end = cursor.length() + cursor.pos;
  cursor.depth += 1;
  while (cursor.pos < cursor.end) read(cursor.tag());
  cursor.depth -= 1;
  cursor.end = end;
}
