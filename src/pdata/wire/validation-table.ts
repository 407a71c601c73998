import type { Field, MessageType } from '../schema/message-type.js';
import { items, messageTypes } from '../schema/schema.js';
import { isPackable, WireType, wireTypeOf } from './wire-type.js';

/**
 * What to do with a field, by its tag: the low bits of a table entry. In this order, because the validator asks
 * "has it a length?" and "is it a message?" by comparing.
 */
export const Action = Object.freeze({
  /** A known field with a wire type that it cannot have, a group, or no valid tag at all: look closer. */
  irregular: 0,
  varint: 1,
  fixed64: 2,
  fixed32: 3,
  /** Bytes, and what is not known: step over. */
  opaque: 4,
  text: 5,
  packedFixed64: 6,
  packedVarint: 7,
  /** A KeyValue: a message, of which most look alike. */
  attribute: 8,
  message: 9,
  /** A message that counts as an item. */
  item: 10,
});

export const ACTION_BITS = 4;
export const ACTION_MASK = (1 << ACTION_BITS) - 1;

/** Tags below this have a place in the table: field numbers up to 31, with wire type. */
export const TAGS = 256;

/** Where tags from TAGS on look instead: field 31, which no message has, so only the wire type counts. */
export const UNKNOWN_TAG = TAGS - 8;

/**
 * `table[message.index * TAGS + tag]` is an action and, above ACTION_BITS, the index of the message inside. One
 * array look-up thus answers which field it is, whether its wire type fits, and what comes next.
 */
export const validationTable: Uint16Array = compile();

function compile(): Uint16Array {
  const table = new Uint16Array(messageTypes.length * TAGS);
  for (const type of messageTypes) {
    const row = type.index * TAGS;
    for (let number = 1; number * 8 < TAGS; number += 1) {
      const field = type.byNumber[number];
      if (field === undefined) writeUnknown(table, row + number * 8);
      else writeKnown(table, row + number * 8, field);
    }
    if (type.fields.some(({ number }) => number * 8 >= UNKNOWN_TAG)) {
      throw new Error(`OTLP schema: '${type.name}' has a field number that is too big for the table`);
    }
  }
  return table;
}

function writeUnknown(table: Uint16Array, at: number): void {
  table[at + WireType.varint] = Action.varint;
  table[at + WireType.fixed64] = Action.fixed64;
  table[at + WireType.length] = Action.opaque;
  table[at + WireType.fixed32] = Action.fixed32;
}

function writeKnown(table: Uint16Array, at: number, field: Field): void {
  const wireType = wireTypeOf(field);
  if (field.message !== undefined) {
    table[at + wireType] = (field.message.index << ACTION_BITS) | messageAction(field.message);
    return;
  }
  if (field.kind === 'string') {
    table[at + wireType] = Action.text;
    return;
  }
  const [single, packed] = scalarActions(wireType);
  table[at + wireType] = single;
  if (isPackable(field)) table[at + WireType.length] = packed;
}

function messageAction(type: MessageType): number {
  if (items.has(type)) return Action.item;
  return type.name === 'KeyValue' ? Action.attribute : Action.message;
}

function scalarActions(wireType: number): [single: number, packed: number] {
  switch (wireType) {
    case WireType.varint:
      return [Action.varint, Action.packedVarint];
    case WireType.fixed64:
      return [Action.fixed64, Action.packedFixed64];
    case WireType.fixed32:
      // OTLP has no repeated fixed32; should it get one, only its packed form would be refused.
      return [Action.fixed32, Action.irregular];
    default:
      return [Action.opaque, Action.irregular];
  }
}
