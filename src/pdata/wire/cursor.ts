import { MAX_DEPTH } from '../schema/schema.js';
import { type Fault, WireFault } from './faults.js';
import { WireType } from './wire-type.js';

/**
 * Reads protobuf framing front to back: one object for a whole walk, however deep, so that nothing is allocated
 * per field. `end` is the end of the message that is being read; whoever descends sets it and sets it back.
 * Reads that would leave the message throw WireFault.
 */
export class WireCursor {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;
  /** How many messages are open around the position; groups count on from here. */
  depth = 0;

  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  /** The next field's tag: field number times eight plus wire type. */
  tag(): number {
    const tag = this.#uint32('tag');
    if (tag >>> 3 === 0) throw this.#fault('tag', this.pos - 1);
    return tag;
  }

  /** The length in front of a length-delimited value; the value is wholly inside the message. */
  length(): number {
    const at = this.pos;
    const length = this.#uint32('length');
    if (length > this.end - this.pos) throw this.#fault('overrun', at);
    return length;
  }

  /** Steps over the value that belongs to a tag just read; groups are stepped over whole. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WireType.varint:
        this.skipVarint();
        return;
      case WireType.fixed64:
        this.advance(8);
        return;
      case WireType.length:
        this.pos = this.length() + this.pos;
        return;
      case WireType.fixed32:
        this.advance(4);
        return;
      case WireType.groupStart:
        this.#skipGroup(tag >>> 3);
        return;
      case WireType.groupEnd:
        throw this.#fault('group', this.pos);
      default:
        throw this.#fault('tag', this.pos);
    }
  }

  /** At most ten bytes, and no more than 64 bits in them. */
  skipVarint(): void {
    const start = this.pos;
    const limit = Math.min(this.end, start + 10);
    let pos = start;
    while (pos < limit) {
      const byte = this.bytes[pos++] ?? 0;
      if (byte < 0x80) {
        if (pos - start === 10 && byte > 1) throw this.#fault('varint', start);
        this.pos = pos;
        return;
      }
    }
    throw this.#fault(pos - start === 10 ? 'varint' : 'truncated', start);
  }

  /** Steps over a number of bytes that are all inside the message. */
  advance(count: number): void {
    if (count > this.end - this.pos) throw this.#fault('truncated', this.pos);
    this.pos += count;
  }

  /** @param fault what it is when it does not fit 32 bits */
  #uint32(fault: Fault): number {
    const { bytes, end, pos: start } = this;
    let pos = start;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (pos >= end) throw this.#fault('truncated', start);
      const byte = bytes[pos++] ?? 0;
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break;
        this.pos = pos;
        return (value | (byte << shift)) >>> 0;
      }
      value |= (byte & 0x7f) << shift;
    }
    throw this.#fault(fault, start);
  }

  #skipGroup(number: number): void {
    const open = [number];
    while (open.length > 0) {
      if (this.pos >= this.end) throw this.#fault('group', this.pos);
      if (this.depth + open.length > MAX_DEPTH) throw this.#fault('depth', this.pos);
      const tag = this.tag();
      if ((tag & 7) === WireType.groupStart) open.push(tag >>> 3);
      else if ((tag & 7) !== WireType.groupEnd) this.skip(tag);
      else if (open.pop() !== tag >>> 3) throw this.#fault('group', this.pos);
    }
  }

  /** A value may begin where its message ends; the offset stays inside, where `explain` finds the field. */
  #fault(fault: Fault, offset: number): WireFault {
    return new WireFault(fault, Math.min(offset, this.end - 1));
  }
}
