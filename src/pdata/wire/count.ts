import { type Container, hierarchies } from '../schema/hierarchy.js';
import type { Signal } from '../signal.js';
import { WireCursor } from './cursor.js';
import { explain } from './explain.js';
import { WireFault } from './faults.js';
import { WireType } from './wire-type.js';

/**
 * How many items (spans, metric data points, log records) an encoded request holds. Steps over the items themselves,
 * so it costs a few nanoseconds an item and allocates nothing per item.
 *
 * These are the items that are forwarded and that splitting shares out. A decoder sees as many, but for a metric that
 * has data of several types one after the other, which no encoder writes: there it sees the last type alone.
 *
 * @throws MalformedPayload when the framing around the items is broken; what is inside them is not looked at
 */
export function countItems(signal: Signal, bytes: Uint8Array): number {
  try {
    return countItemsIn(new WireCursor(bytes), hierarchies[signal]);
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}

/** The same for one container, from the cursor's position to its end. */
export function countItemsIn(cursor: WireCursor, container: Container): number {
  const { children } = container;
  const { end } = cursor;
  let count = 0;
  while (cursor.pos < end) {
    const start = cursor.pos;
    const tag = cursor.tag();
    const child = children[tag >>> 3];
    if (child === undefined) {
      cursor.skip(tag);
      continue;
    }
    if ((tag & 7) !== WireType.length) throw new WireFault('wireType', start);
    const childEnd = cursor.length() + cursor.pos;
    if (child.container === undefined) {
      count += 1;
      cursor.pos = childEnd;
    } else {
      cursor.end = childEnd;
      count += countItemsIn(cursor, child.container);
      cursor.end = end;
    }
  }
  return count;
}
