import type { MalformedPayload } from '../malformed.js';
import type { MessageType } from '../schema/message-type.js';
import { requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { WireCursor } from './cursor.js';
import { WireFault } from './faults.js';
import { WireType } from './wire-type.js';

/** Whatever reading a request has thrown, with the path of the field added when the bytes are at fault. */
export function explain(signal: Signal, bytes: Uint8Array, error: unknown): unknown {
  return error instanceof WireFault ? located(requests[signal], bytes, error) : error;
}

function located(request: MessageType, bytes: Uint8Array, { fault, offset }: WireFault): MalformedPayload {
  return new WireFault(fault, offset, pathTo(request, bytes, offset));
}

/** The names of the fields around an offset, outermost first, as far as the bytes can be read. */
function pathTo(request: MessageType, bytes: Uint8Array, offset: number): string[] {
  const path: string[] = [];
  const cursor = new WireCursor(bytes);
  let type = request;
  try {
    while (cursor.pos < cursor.end) {
      const tag = cursor.tag();
      const field = type.byNumber[tag >>> 3];
      path.push(field?.name ?? `#${tag >>> 3}`);
      if (field?.message !== undefined && (tag & 7) === WireType.length) {
        const end = cursor.length() + cursor.pos;
        if (offset >= cursor.pos && offset < end) {
          type = field.message;
          cursor.end = end;
          continue;
        }
        cursor.pos = end;
      } else {
        cursor.skip(tag);
      }
      if (offset < cursor.pos) return path;
      path.pop();
    }
  } catch (error) {
    // The fault itself: the path leads to it.
    if (!(error instanceof WireFault)) throw error;
  }
  return path;
}
