import type { Field } from '../schema/message-type.js';

/** How a field's value is framed on the wire: the low three bits of its tag. */
export const WireType = Object.freeze({
  varint: 0,
  fixed64: 1,
  length: 2,
  groupStart: 3,
  groupEnd: 4,
  fixed32: 5,
});

/** The wire type of one value of this field. */
export function wireTypeOf(field: Field): number {
  switch (field.kind) {
    case 'message':
    case 'string':
    case 'bytes':
    case 'id':
      return WireType.length;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return WireType.fixed64;
    case 'fixed32':
      return WireType.fixed32;
    default:
      return WireType.varint;
  }
}

/** Whether values of this field may come packed: one length and then values without tags. */
export function isPackable(field: Field): boolean {
  return field.repeated && wireTypeOf(field) !== WireType.length;
}
