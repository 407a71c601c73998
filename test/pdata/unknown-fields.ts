import protobuf from 'protobufjs';
import type { Signal } from '../../src/authoring.js';
import { requestTypes } from './otlp-proto.js';

/** Field numbers that no message of OTLP has, with tags of one byte, two and four. */
const numbers = [14, 99, 500_000];

/**
 * A request with fields that its schema does not know in front of, between and behind the known ones of every message
 * in it: request, resource, scope, record, attribute, value. Meant for the field numbers of a later OTLP.
 *
 * @param seed decides which fields, and where; the same seed does the same
 */
export function withUnknownFields(signal: Signal, bytes: Uint8Array, seed: number): Uint8Array {
  let state = seed;
  // The generator of Numerical Recipes, without its lowest bits, which repeat soon.
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  return enrich(requestTypes[signal], bytes, next);
}

function enrich(type: protobuf.Type, bytes: Uint8Array, next: () => number): Uint8Array {
  const reader = protobuf.Reader.create(bytes);
  const parts: Uint8Array[] = [unknownField(type, next)];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    const inner = field?.resolvedType;
    if (inner instanceof protobuf.Type) {
      const content = enrich(inner, reader.bytes(), next);
      parts.push(protobuf.Writer.create().uint32(tag).bytes(content).finish());
    } else {
      reader.skipType(tag & 7);
      parts.push(bytes.subarray(start, reader.pos));
    }
    parts.push(unknownField(type, next));
  }
  return Buffer.concat(parts);
}

const nothing = new Uint8Array();

/** A field of any wire type, or none. */
function unknownField(type: protobuf.Type, next: () => number): Uint8Array {
  const choice = next();
  const number = numbers[choice % numbers.length] ?? 99;
  if (type.fieldsById[number] !== undefined) return nothing;
  const writer = protobuf.Writer.create();
  switch (choice % 16) {
    case 0:
      return writer
        .uint32(number * 8)
        .uint32(choice)
        .finish();
    case 1:
      return writer
        .uint32(number * 8 + 1)
        .fixed64(choice)
        .finish();
    case 2:
      return writer
        .uint32(number * 8 + 2)
        .string(`unknown ${choice}`)
        .finish();
    case 3:
      return writer
        .uint32(number * 8 + 5)
        .fixed32(choice)
        .finish();
    case 4:
      return writer
        .uint32(number * 8 + 3)
        .uint32(8)
        .uint32(choice)
        .uint32(number * 8 + 4)
        .finish();
    default:
      return nothing;
  }
}
