import type { MessageType } from '../schema/message-type.js';
import { MAX_DEPTH, requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { WireCursor } from './cursor.js';
import { explain } from './explain.js';
import { WireType } from './wire-type.js';

/**
 * Whether an encoded request has no value in it: nothing but known messages, and nothing in those. Any field of a
 * simple type, and any that this schema does not know, is a value.
 *
 * @throws MalformedPayload when the framing in front of the first value is broken
 */
export function hasNoValue(signal: Signal, bytes: Uint8Array): boolean {
  try {
    return isBare(new WireCursor(bytes), requests[signal], 0);
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}

/** The same for one message, from the cursor's position to its end. */
function isBare(cursor: WireCursor, type: MessageType, depth: number): boolean {
  const { end } = cursor;
  while (cursor.pos < end) {
    const tag = cursor.tag();
    const message = type.byNumber[tag >>> 3]?.message;
    // What nests deeper is refused by whoever checks it; here it must not exhaust the stack.
    if (message === undefined || (tag & 7) !== WireType.length || depth === MAX_DEPTH) return false;
    cursor.end = cursor.length() + cursor.pos;
    if (!isBare(cursor, message, depth + 1)) return false;
    cursor.end = end;
  }
  return true;
}
