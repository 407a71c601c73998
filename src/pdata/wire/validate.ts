import { isUtf8 } from 'node:buffer';
import { MAX_DEPTH, messageTypes, requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { WireCursor } from './cursor.js';
import { explain } from './explain.js';
import { WireFault } from './faults.js';
import {
  ACTION_BITS,
  ACTION_MASK,
  Action,
  TAGS,
  validationTable as table,
  UNKNOWN_TAG,
} from './validation-table.js';

/**
 * Walks a whole request, every known message in it, and checks what any strict proto3 reader would refuse: wire
 * types of known fields, lengths, varints, text that is not UTF-8, depth. One such request would spoil a batch for
 * all others in it. Unknown fields are allowed and stepped over; values are not looked at.
 *
 * Runs on every request that arrives, so it is one function over one table and allocates nothing per field.
 *
 * @returns the number of items inside, as `countItems` does
 * @throws MalformedPayload naming the field path and the byte offset
 */
export function validatePayload(signal: Signal, bytes: Uint8Array): number {
  try {
    return validateMessage(bytes, 0, bytes.length, requests[signal].index, 0);
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}

/**
 * Reads past `end` are harmless: they give other fields' bytes, or zeros behind the last, and `pos` is compared with
 * `end` before anything comes of it.
 *
 * @param message its index in `messageTypes`
 * @returns the number of items inside
 */
function validateMessage(
  bytes: Uint8Array,
  begin: number,
  end: number,
  message: number,
  depth: number,
): number {
  const row = message * TAGS;
  let items = 0;
  let pos = begin;
  while (pos < end) {
    const start = pos;
    let tag = bytes[pos++] ?? 0;
    if (tag >= 0x80) {
      let byte = bytes[pos++] ?? 0;
      tag = (tag & 0x7f) | ((byte & 0x7f) << 7);
      for (let shift = 14; byte >= 0x80 && shift < 35; shift += 7) {
        byte = bytes[pos++] ?? 0;
        tag |= (byte & 0x7f) << shift;
      }
      if (pos - start >= 5 && byte > 0x0f) throw new WireFault('tag', start);
      if (pos > end) throw new WireFault('truncated', start);
      if (tag < 0 || tag >= TAGS) tag = UNKNOWN_TAG | (tag & 7);
    }

    const entry = table[row + tag] ?? 0;
    const action = entry & ACTION_MASK;
    const valueStart = pos;
    if (action >= Action.opaque) {
      let length = bytes[pos++] ?? 0;
      if (length >= 0x80) {
        let byte = bytes[pos++] ?? 0;
        length = (length & 0x7f) | ((byte & 0x7f) << 7);
        for (let shift = 14; byte >= 0x80 && shift < 35; shift += 7) {
          byte = bytes[pos++] ?? 0;
          length |= (byte & 0x7f) << shift;
        }
        // Nothing is 2 GiB long, so `length` never leaves 31 bits.
        if (pos - valueStart >= 5 && byte > 0x07) throw new WireFault('length', valueStart);
      }
      if (pos > end) throw new WireFault('truncated', start);
      if (length > end - pos) throw new WireFault('overrun', valueStart);
      if (action >= Action.message) {
        if (depth === MAX_DEPTH) throw new WireFault('depth', start);
        items += validateMessage(bytes, pos, pos + length, entry >>> ACTION_BITS, depth + 1);
        if (action === Action.item) items += 1;
      } else if (action === Action.text) {
        validateText(bytes, pos, pos + length);
      } else if (action !== Action.opaque) {
        validatePacked(bytes, pos, pos + length, action);
      }
      pos += length;
    } else if (action === Action.varint) {
      let byte = bytes[pos++] ?? 0;
      while (byte >= 0x80) byte = bytes[pos++] ?? 0;
      const length = pos - valueStart;
      if (length >= 10 && (length > 10 || byte > 1)) throw new WireFault('varint', valueStart);
    } else if (action === Action.fixed64) {
      pos += 8;
    } else if (action === Action.fixed32) {
      pos += 4;
    } else {
      pos = skipIrregular(bytes, start, end, message, depth);
    }
    if (pos > end) throw new WireFault('truncated', start);
  }
  return items;
}

/** Up to here a loop beats a call into the runtime, which needs a view of the bytes. */
const SHORT_TEXT = 96;

/** Most text is short and ASCII. */
function validateText(bytes: Uint8Array, start: number, end: number): void {
  if (end - start <= SHORT_TEXT) {
    let bits = 0;
    for (let pos = start; pos < end; pos += 1) bits |= bytes[pos] ?? 0;
    if (bits < 0x80) return;
  }
  if (!isUtf8(bytes.subarray(start, end))) throw new WireFault('utf8', start);
}

function validatePacked(bytes: Uint8Array, start: number, end: number, action: number): void {
  if (action === Action.packedFixed64) {
    if ((end - start) % 8 !== 0) throw new WireFault('packed', start);
    return;
  }
  const cursor = new WireCursor(bytes, start, end);
  while (cursor.pos < end) cursor.skipVarint();
}

/** Steps over an unknown group; everything else that gets here is at fault. @returns the offset behind it */
function skipIrregular(
  bytes: Uint8Array,
  start: number,
  end: number,
  message: number,
  depth: number,
): number {
  const cursor = new WireCursor(bytes, start, end);
  cursor.depth = depth;
  const tag = cursor.tag();
  if (messageTypes[message]?.byNumber[tag >>> 3] !== undefined) throw new WireFault('wireType', start);
  cursor.skip(tag);
  return cursor.pos;
}
