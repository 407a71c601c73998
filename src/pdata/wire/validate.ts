import { MAX_DEPTH, messageTypes, requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { WireCursor } from './cursor.js';
import { type Fault, malformedWire } from './faults.js';
import { ACTION_BITS, ACTION_MASK, Action, TAGS, UNKNOWN_TAG, validationTable } from './validation-table.js';

// The messages around the one that is being read, outermost first, and the field numbers that led inwards.
// Validation never yields before it is done, so one stack serves all.
const outerMessages = new Int32Array(MAX_DEPTH);
const outerEnds = new Int32Array(MAX_DEPTH);
const outerFields = new Int32Array(MAX_DEPTH);

/**
 * Walks a whole request, every known message in it, and checks its framing: wire types of known fields, lengths,
 * varints, depth. Unknown fields are allowed and stepped over. Does not check that strings are UTF-8, nor values.
 *
 * Runs on every request that arrives, so it is one flat loop over one table and allocates nothing per field.
 *
 * @returns the number of items inside, as `countItems` does
 * @throws MalformedPayload naming the field path and the byte offset
 */
export function validatePayload(signal: Signal, bytes: Uint8Array): number {
  const table = validationTable;
  let message = requests[signal].index;
  let row = message * TAGS;
  let depth = 0;
  let end = bytes.length;
  let pos = 0;
  let items = 0;

  for (;;) {
    // Reads past `end` are harmless: they yield other fields' bytes or zeros, and `pos` is checked right after.
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
        if (pos - start >= 5 && byte > 0x0f) throw fault('tag', start, 0, message, depth);
      }

      const entry = table[row + (tag >>> 0 < TAGS ? tag : UNKNOWN_TAG | (tag & 7))] ?? 0;
      const action = entry & ACTION_MASK;
      const valueStart = pos;
      switch (action) {
        case Action.varint: {
          let byte = bytes[pos++] ?? 0;
          while (byte >= 0x80) byte = bytes[pos++] ?? 0;
          if (pos - valueStart >= 10 && (pos - valueStart > 10 || byte > 1)) {
            throw fault('varint', valueStart, tag, message, depth);
          }
          break;
        }
        case Action.fixed64:
          pos += 8;
          break;
        case Action.fixed32:
          pos += 4;
          break;
        case Action.irregular:
          pos = skipIrregular(bytes, start, end, tag, message, depth);
          break;
        default: {
          let length = bytes[pos++] ?? 0;
          if (length >= 0x80) {
            let byte = bytes[pos++] ?? 0;
            length = (length & 0x7f) | ((byte & 0x7f) << 7);
            for (let shift = 14; byte >= 0x80 && shift < 35; shift += 7) {
              byte = bytes[pos++] ?? 0;
              length |= (byte & 0x7f) << shift;
            }
            // Nothing is 2 GiB long; so the arithmetic above stays within 31 bits.
            if (pos - valueStart >= 5 && byte > 0x07) throw fault('length', valueStart, tag, message, depth);
          }
          if (length > end - pos) {
            throw fault(pos > end ? 'truncated' : 'overrun', valueStart, tag, message, depth);
          }
          if (action === Action.opaque) {
            pos += length;
          } else if (action <= Action.item) {
            if (depth === MAX_DEPTH) throw fault('depth', start, tag, message, depth);
            if (action === Action.item) items += 1;
            outerMessages[depth] = message;
            outerEnds[depth] = end;
            outerFields[depth] = tag >>> 3;
            depth += 1;
            message = entry >>> ACTION_BITS;
            row = message * TAGS;
            end = pos + length;
          } else if (action === Action.packedFixed64) {
            if ((length & 7) !== 0) throw fault('packed', valueStart, tag, message, depth);
            pos += length;
          } else if (isPackedVarints(bytes, pos, pos + length)) {
            pos += length;
          } else {
            throw fault('packed', valueStart, tag, message, depth);
          }
        }
      }
      if (pos > end) throw fault('truncated', start, tag, message, depth);
    }

    if (depth === 0) return items;
    depth -= 1;
    message = outerMessages[depth] ?? 0;
    row = message * TAGS;
    end = outerEnds[depth] ?? 0;
  }
}

function isPackedVarints(bytes: Uint8Array, start: number, end: number): boolean {
  let length = 0;
  for (let pos = start; pos < end; pos += 1) {
    const byte = bytes[pos] ?? 0;
    length += 1;
    if (length >= 10 && byte > 1) return false;
    if (byte < 0x80) length = 0;
  }
  return length === 0;
}

/** Steps over an unknown group; everything else that gets here is at fault. */
function skipIrregular(
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  message: number,
  depth: number,
): number {
  if (messageTypes[message]?.byNumber[tag >>> 3] !== undefined) {
    throw fault('wireType', start, tag, message, depth);
  }
  const cursor = new WireCursor(bytes, start, end, () => openPath(tag, message, depth));
  cursor.depth = depth;
  cursor.skip(cursor.tag());
  return cursor.pos;
}

function fault(kind: Fault, offset: number, tag: number, message: number, depth: number): Error {
  return malformedWire(kind, offset, openPath(tag, message, depth));
}

/** The names of the fields that lead to the one with this tag. */
function openPath(tag: number, message: number, depth: number): string[] {
  const path: string[] = [];
  for (let level = 0; level < depth; level += 1) {
    path.push(nameOf(outerMessages[level], outerFields[level]));
  }
  if (tag !== 0) path.push(nameOf(message, tag >>> 3));
  return path;
}

function nameOf(message = 0, number = 0): string {
  return messageTypes[message]?.byNumber[number]?.name ?? `#${number}`;
}
