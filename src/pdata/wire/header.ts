import type { Container } from '../schema/hierarchy.js';
import { WireCursor } from './cursor.js';
import { WireFault } from './faults.js';
import { WireType } from './wire-type.js';

/**
 * What of a container is not its children, in one piece: what is known of it, and fields that we do not know.
 *
 * @throws WireFault when the framing is broken
 */
export function headerOf(bytes: Uint8Array, container: Container, start: number, end: number): Uint8Array {
  const ranges: Uint8Array[] = [];
  const cursor = new WireCursor(bytes, start, end);
  let rangeStart = start;
  const endRange = (rangeEnd: number): void => {
    if (rangeEnd > rangeStart) ranges.push(bytes.subarray(rangeStart, rangeEnd));
    rangeStart = cursor.pos;
  };
  while (cursor.pos < end) {
    const at = cursor.pos;
    const tag = cursor.tag();
    cursor.skip(tag);
    if (container.children[tag >>> 3] === undefined) continue;
    if ((tag & 7) !== WireType.length) throw new WireFault('wireType', at);
    endRange(at);
  }
  endRange(end);
  return Buffer.concat(ranges);
}
