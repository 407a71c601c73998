import type { Pdata } from '../pdata.js';
import { type Container, hierarchies } from '../schema/hierarchy.js';
import { countItemsIn } from '../wire/count.js';
import { WireCursor } from '../wire/cursor.js';
import { explain } from '../wire/explain.js';
import { WireFault } from '../wire/faults.js';
import { readBytes, readFixed64, readInt32, readText } from '../wire/values.js';
import { WireType } from '../wire/wire-type.js';
import { Children, type MakeView } from './children.js';

/** How a field is read that does not simply replace what it said before, or that replaces what another field said. */
export interface MemberReader<T> {
  readonly field: number;
  readonly wireType: number;
  /** @param before what this field and the others of its kind have said so far */
  read(cursor: WireCursor, before: T | undefined): T;
}

/**
 * A message inside a payload, seen where it stands: a window of two offsets on `pdata.bytes`, and no copy. A field is
 * decoded when it is asked for, and each time anew, by stepping over the others; so keep what is needed twice. Fields
 * that are not there read as their defaults. Of a field that stands there twice, and of the members of a oneof, the
 * last counts, and of a message inside all parts together, as protobuf has it: a view shows what a decoder would.
 *
 * Reading throws MalformedPayload when the bytes are not that message. Receivers let no such payload in.
 */
export abstract class MessageView {
  readonly pdata: Pdata;
  /** Where the content of the message begins in `pdata.bytes`. */
  readonly start: number;
  /** The offset behind its last byte. */
  readonly end: number;

  constructor(pdata: Pdata, start: number, end: number) {
    this.pdata = pdata;
    this.start = start;
    this.end = end;
  }

  protected text(field: number): string {
    return this.read(field, WireType.length, readText) ?? '';
  }

  /** Bytes in hex, as ids are written. */
  protected hex(field: number): string {
    return this.read(field, WireType.length, readBytes)?.toString('hex') ?? '';
  }

  protected integer(field: number): number {
    return this.read(field, WireType.varint, readInt32) ?? 0;
  }

  protected fixed64(field: number): bigint {
    return this.read(field, WireType.fixed64, readFixed64) ?? 0n;
  }

  /** @returns undefined when the field is not there */
  protected read<T>(field: number, wireType: number, read: (cursor: WireCursor) => T): T | undefined {
    const { pdata, start, end } = this;
    try {
      const cursor = new WireCursor(pdata.bytes, start, end);
      let found = -1;
      while (cursor.pos < end) {
        const at = cursor.pos;
        const tag = cursor.tag();
        if (tag >>> 3 === field) {
          if ((tag & 7) !== wireType) throw new WireFault('wireType', at);
          found = cursor.pos;
        }
        cursor.skip(tag);
      }
      if (found < 0) return undefined;
      cursor.pos = found;
      return read(cursor);
    } catch (error) {
      throw explain(pdata.signal, pdata.bytes, error);
    }
  }

  /**
   * A message inside, or a oneof of one or two members: read as they come, each told what those before it made.
   *
   * @returns undefined when no member is there
   */
  protected fold<T>(one: MemberReader<T>, other: MemberReader<T> = one): T | undefined {
    const { pdata, start, end } = this;
    const { field } = one;
    const { field: otherField } = other;
    try {
      const cursor = new WireCursor(pdata.bytes, start, end);
      let value: T | undefined;
      while (cursor.pos < end) {
        const at = cursor.pos;
        const tag = cursor.tag();
        if (tag >>> 3 !== field && tag >>> 3 !== otherField) {
          cursor.skip(tag);
          continue;
        }
        const member = tag >>> 3 === field ? one : other;
        if ((tag & 7) !== member.wireType) throw new WireFault('wireType', at);
        value = member.read(cursor, value);
      }
      return value;
    } catch (error) {
      throw explain(pdata.signal, pdata.bytes, error);
    }
  }

  /** The messages in a field, in their order. */
  protected children<V>(field: number, make: MakeView<V>): Iterable<V> {
    return new Children(this, field, make);
  }

  /**
   * How many items are inside, on the wire.
   *
   * @param path the fields from the request to this message
   */
  protected count(path: readonly number[], start = this.start): number {
    const { pdata, end } = this;
    let container: Container | undefined = hierarchies[pdata.signal];
    for (const field of path) container = container?.children[field]?.container;
    if (container === undefined) return 0;
    try {
      return countItemsIn(new WireCursor(pdata.bytes, start, end), container);
    } catch (error) {
      throw explain(pdata.signal, pdata.bytes, error);
    }
  }
}

/** A part of a message inside: protobuf lets one come in several, of which the last has the say, field by field. */
export class MessagePart extends MessageView {
  /** `undefined` when this part does not have the field. */
  textOf(field: number): string | undefined {
    return this.read(field, WireType.length, readText);
  }

  /** The messages in a field of it. */
  parts(field: number): Iterable<MessagePart> {
    return this.children(field, messagePart);
  }

  /** `undefined` when this part does not have the field. */
  integerOf(field: number): number | undefined {
    return this.read(field, WireType.varint, readInt32);
  }
}

export function messagePart(pdata: Pdata, start: number, end: number): MessagePart {
  return new MessagePart(pdata, start, end);
}
