import { MAX_DEPTH, messageTypes, requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { WireCursor } from './cursor.js';
import { explain } from './explain.js';
import { WireFault } from './faults.js';
import { isText } from './text.js';
import { ACTION_BITS, ACTION_MASK, Action, TAGS, UNKNOWN_TAG, validationTable } from './validation-table.js';

// Constants of this module are constants for the optimizer too; imported ones, and members of objects, it reads anew.
const table = validationTable;
const { attribute, fixed32, fixed64, item, opaque, packedFixed64, text, varint } = Action;
const MOST_DEPTH = MAX_DEPTH;
const ROW = TAGS;
const INDEX = ACTION_BITS;
const ACTION = ACTION_MASK;
const UNKNOWN = UNKNOWN_TAG;

/** The messages around the one that is being read, by depth: where each ends, and its row in the table. */
const ends = new Int32Array(MAX_DEPTH);
const rows = new Int32Array(MAX_DEPTH);

/** Offsets are 32-bit integers here; protobuf allows no message of 2 GiB anyway. */
const LARGEST = 2 ** 31 - 1;

/** Tags of common.v1: the fields of KeyValue, and those of AnyValue that most values are in. */
const KEY = 0x0a;
const VALUE = 0x12;
const STRING_VALUE = 0x0a;
const BOOL_VALUE = 0x10;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;

/**
 * Walks a whole request, every known message in it, and checks what any strict proto3 reader would refuse: wire
 * types of known fields, lengths, varints, text that is not UTF-8, depth. One such request would spoil a batch for
 * all others in it. Unknown fields are allowed and stepped over; values are not looked at.
 *
 * @returns the number of items inside, as `countItems` does
 * @throws MalformedPayload naming the field path and the byte offset of the first fault
 */
export function validatePayload(signal: Signal, bytes: Uint8Array): number {
  try {
    if (bytes.length > LARGEST) throw new WireFault('length', 0);
    return walk(signal, bytes, false);
  } catch (error) {
    throw explain(signal, bytes, error instanceof WireFault ? firstFault(signal, bytes, error) : error);
  }
}

/** Text is checked late, so that it may be a later fault that ended the first walk. */
function firstFault(signal: Signal, bytes: Uint8Array, later: WireFault): unknown {
  if (bytes.length > LARGEST) return later;
  try {
    walk(signal, bytes, true);
    return later;
  } catch (error) {
    return error;
  }
}

/**
 * Runs on every request that arrives, so it is one loop over one table, calls nothing per field and allocates nothing
 * per message.
 *
 * Text is checked by the stretch: from `clean` on there was nothing but text and framing of bytes below 0x80, which
 * cannot be a part of a character. Such a stretch is UTF-8 when, and only when, each text in it is.
 *
 * Reads past `end` are harmless: they give other fields' bytes, or zeros behind the last, and `pos` is compared with
 * `end` before anything comes of it.
 *
 * @param strictOrder whether to meet faults in the order of their bytes, which is slower
 * @returns the number of items inside
 */
function walk(signal: Signal, bytes: Uint8Array, strictOrder: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let row = requests[signal].index * ROW;
  let end = bytes.length;
  let depth = 0;
  let items = 0;
  let pos = 0;
  let clean = 0;
  let textEnd = 0;
  for (;;) {
    while (pos === end) {
      if (depth === 0) {
        if (textEnd > clean) validateText(bytes, view, clean, textEnd);
        return items;
      }
      depth -= 1;
      end = ends[depth] ?? 0;
      row = rows[depth] ?? 0;
    }
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
      if (tag < 0 || tag >= ROW) tag = UNKNOWN | (tag & 7);
      if (textEnd > clean) validateText(bytes, view, clean, textEnd);
      clean = pos;
    }

    const entry = table[row + tag] ?? 0;
    const action = entry & ACTION;
    const valueStart = pos;
    if (action >= opaque) {
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
        if (textEnd > clean) validateText(bytes, view, clean, textEnd);
        clean = pos;
      }
      if (length > end - pos)
        throw pos > end ? new WireFault('truncated', start) : new WireFault('overrun', valueStart);
      const valueEnd = pos + length;
      if (action >= attribute) {
        if (action === attribute && length < 0x80 && !strictOrder && depth < MOST_DEPTH - 1) {
          // Most messages are attributes, and nearly all of them have a key and then a value of one short scalar.
          // That is known at a glance, without entering the two messages. Lengths inside have one byte, for a larger
          // one would lead out of the attribute. What looks otherwise may be valid all the same.
          const keyEnd = pos + 2 + (bytes[pos + 1] ?? 0);
          const value = keyEnd + 3;
          if (
            bytes[pos] === KEY &&
            value < valueEnd &&
            bytes[keyEnd] === VALUE &&
            keyEnd + 2 + (bytes[keyEnd + 1] ?? 0) === valueEnd
          ) {
            const kind = bytes[keyEnd + 2];
            if (kind === STRING_VALUE) {
              if (value + 1 + (bytes[value] ?? 0) === valueEnd) {
                pos = valueEnd;
                textEnd = pos;
                continue;
              }
            } else if (kind === INT_VALUE || kind === BOOL_VALUE) {
              let last = value;
              while ((bytes[last] ?? 0) >= 0x80) last += 1;
              if (last + 1 === valueEnd && last - value < 9) {
                if (last > value) {
                  validateText(bytes, view, clean, keyEnd);
                  clean = valueEnd;
                }
                textEnd = keyEnd;
                pos = valueEnd;
                continue;
              }
            } else if (kind === DOUBLE_VALUE && value + 8 === valueEnd) {
              validateText(bytes, view, clean, keyEnd);
              pos = valueEnd;
              clean = pos;
              continue;
            }
          }
        }
        if (depth === MOST_DEPTH) throw new WireFault('depth', start);
        if (action === item) items += 1;
        ends[depth] = end;
        rows[depth] = row;
        depth += 1;
        end = valueEnd;
        row = (entry >>> INDEX) * ROW;
        continue;
      }
      if (action === text) {
        if (strictOrder) validateText(bytes, view, pos, valueEnd);
        textEnd = valueEnd;
        pos = valueEnd;
        continue;
      }
      if (action !== opaque) validatePacked(bytes, pos, valueEnd, action);
      pos = valueEnd;
    } else {
      if (action === varint) {
        let byte = bytes[pos++] ?? 0;
        if (byte < 0x80 && pos <= end) continue;
        while (byte >= 0x80) byte = bytes[pos++] ?? 0;
        const length = pos - valueStart;
        if (length >= 10 && (length > 10 || byte > 1)) throw new WireFault('varint', valueStart);
      } else if (action === fixed64) {
        pos += 8;
      } else if (action === fixed32) {
        pos += 4;
      } else {
        pos = skipIrregular(bytes, start, end, row / ROW, depth);
      }
      if (pos > end) throw new WireFault('truncated', start);
    }
    if (textEnd > clean) validateText(bytes, view, clean, textEnd);
    clean = pos;
  }
}

function validateText(bytes: Uint8Array, view: DataView, start: number, end: number): void {
  if (!isText(bytes, view, start, end)) throw new WireFault('utf8', start);
}

function validatePacked(bytes: Uint8Array, start: number, end: number, action: number): void {
  if (action === packedFixed64) {
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
