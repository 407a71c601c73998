import protobuf from 'protobufjs';
import type { Signal } from '../../src/authoring.js';

/** What can be cut apart, level by level: field numbers of children. The last level are the items. */
const levels: Readonly<Record<Signal, readonly (readonly number[])[]>> = {
  traces: [[1], [2], [2]],
  logs: [[1], [2], [2]],
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
};

/**
 * A request as the list of what may not be lost: every item, and every container that has no items, together with
 * the headers of all containers around it, unknown fields included. Read with protobufjs, so that it judges
 * independently.
 */
export function recordsOf(signal: Signal, bytes: Uint8Array): string[] {
  return readLevel(levels[signal], bytes, '');
}

/** How many of them are items. */
export function itemsOf(signal: Signal, bytes: Uint8Array): number {
  return recordsOf(signal, bytes).filter((record) => record.includes('item:')).length;
}

function readLevel(rest: readonly (readonly number[])[], bytes: Uint8Array, around: string): string[] {
  const [children, ...deeper] = rest;
  if (children === undefined) return [`${around} item:${Buffer.from(bytes).toString('hex')}`];
  const reader = protobuf.Reader.create(bytes);
  const header: string[] = [];
  const found: [number: number, content: Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (children.includes(tag >>> 3)) {
      found.push([tag >>> 3, reader.bytes()]);
    } else {
      reader.skipType(tag & 7);
      header.push(Buffer.from(bytes.subarray(start, reader.pos)).toString('hex'));
    }
  }
  const inside = `${around} {${header.join(' ')}}`;
  if (found.length === 0) return [`${inside} empty`];
  return found.flatMap(([number, content]) => readLevel(deeper, content, `${inside} ${number}:`));
}
