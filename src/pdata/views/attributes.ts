import type { Pdata } from '../pdata.js';
import { WireCursor } from '../wire/cursor.js';
import { explain } from '../wire/explain.js';
import { WireFault } from '../wire/faults.js';
import { readText } from '../wire/values.js';
import { WireType } from '../wire/wire-type.js';
import { type AttributeValue, readAttributeValue } from './attribute-value.js';

/** Tags of a KeyValue (common.v1). */
const KEY = 8 + WireType.length;
const VALUE = 16 + WireType.length;

/** Where a message begins and ends in the bytes of a payload. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The attributes of a resource, a scope or an item, by key. Looking one up compares keys on the wire and decodes that
 * one value, nothing else. Of attributes with one key, which OTLP forbids, the first counts.
 */
export class Attributes implements Iterable<readonly [key: string, value: AttributeValue]> {
  readonly #pdata: Pdata;
  readonly #owners: readonly Range[];
  readonly #field: number;

  /**
   * @param owners the message that has them, in the parts in which it came: mostly one
   * @param field the number of its field for attributes
   */
  constructor(pdata: Pdata, owners: readonly Range[], field: number) {
    this.#pdata = pdata;
    this.#owners = owners;
    this.#field = field;
  }

  /** The value, or `undefined` when there is no attribute of that name. @throws MalformedPayload */
  get(key: string): AttributeValue | undefined {
    return this.#find(key, true);
  }

  /** Whether there is an attribute of that name; decodes nothing. @throws MalformedPayload */
  has(key: string): boolean {
    return this.#find(key, false) !== undefined;
  }

  /** All of them, decoded one after the other. @throws MalformedPayload */
  *[Symbol.iterator](): Iterator<readonly [key: string, value: AttributeValue]> {
    const { signal, bytes } = this.#pdata;
    try {
      for (const { start, end } of this.#owners) {
        const cursor = new WireCursor(bytes, start, end);
        while (enterNext(cursor, this.#field)) {
          yield readPair(cursor);
          cursor.end = end;
        }
      }
    } catch (error) {
      throw explain(signal, bytes, error);
    }
  }

  /** @param wanted whether the value is; `null` stands for any when it is not */
  #find(key: string, wanted: boolean): AttributeValue | undefined {
    const { signal, bytes } = this.#pdata;
    try {
      for (const { start, end } of this.#owners) {
        const cursor = new WireCursor(bytes, start, end);
        while (enterNext(cursor, this.#field)) {
          const from = cursor.pos;
          if (hasKey(cursor, key)) {
            if (!wanted) return null;
            cursor.pos = from;
            return readValue(cursor);
          }
          cursor.end = end;
        }
      }
      return undefined;
    } catch (error) {
      throw explain(signal, bytes, error);
    }
  }
}

/** Moves into the next message in this field, so that the cursor ends where that does. @returns false when there is none */
function enterNext(cursor: WireCursor, field: number): boolean {
  while (cursor.pos < cursor.end) {
    const at = cursor.pos;
    const tag = cursor.tag();
    if (tag >>> 3 !== field) {
      cursor.skip(tag);
      continue;
    }
    if ((tag & 7) !== WireType.length) throw new WireFault('wireType', at);
    cursor.end = cursor.length() + cursor.pos;
    return true;
  }
  return false;
}

/** Reads a KeyValue up to the cursor's end. */
function readPair(cursor: WireCursor): readonly [key: string, value: AttributeValue] {
  let key = '';
  let value: AttributeValue = null;
  while (cursor.pos < cursor.end) {
    const at = cursor.pos;
    const tag = cursor.tag();
    if (tag === KEY) key = readText(cursor);
    else if (tag === VALUE) value = readAttributeValue(cursor, value);
    else if (tag >>> 3 <= 2) throw new WireFault('wireType', at);
    else cursor.skip(tag);
  }
  return [key, value];
}

/** Reads the value of a KeyValue up to the cursor's end. */
function readValue(cursor: WireCursor): AttributeValue {
  let value: AttributeValue = null;
  while (cursor.pos < cursor.end) {
    const tag = cursor.tag();
    if (tag === VALUE) value = readAttributeValue(cursor, value);
    else cursor.skip(tag);
  }
  return value;
}

/** Whether a KeyValue, read up to the cursor's end, has this key. */
function hasKey(cursor: WireCursor, key: string): boolean {
  let found = key === '';
  while (cursor.pos < cursor.end) {
    const tag = cursor.tag();
    if (tag === KEY) {
      const length = cursor.length();
      found = isText(cursor.bytes, cursor.pos, cursor.pos + length, key);
      cursor.pos += length;
    } else {
      cursor.skip(tag);
    }
  }
  return found;
}

/** Whether the bytes between are this text in UTF-8. */
function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  const { length } = text;
  // No character has fewer bytes than UTF-16 units.
  if (end - start < length) return false;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x80)
      return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).equals(Buffer.from(text));
    if (bytes[start + index] !== code) return false;
  }
  return end - start === length;
}
