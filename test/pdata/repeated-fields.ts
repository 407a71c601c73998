import protobuf from 'protobufjs';
import type { Signal } from '../../src/authoring.js';
import { requestTypes } from './otlp-proto.js';

/**
 * A request in which messages go on with the fields of others of their type: so single fields stand there several times,
 * several members of a oneof, and messages in several parts. A decoder merges all that.
 *
 * @param seed decides which messages, and with what; the same seed does the same
 */
export function withRepeatedFields(signal: Signal, bytes: Uint8Array, seed: number): Uint8Array {
  let state = seed;
  // The generator of Numerical Recipes, without its lowest bits, which repeat soon.
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  const type = requestTypes[signal];
  const contents = new Map<protobuf.Type, Uint8Array[]>();
  collect(type, bytes, contents);
  return goOn(type, bytes, contents, next);
}

/** Every message that is inside, by its type. */
function collect(type: protobuf.Type, bytes: Uint8Array, contents: Map<protobuf.Type, Uint8Array[]>): void {
  contents.set(type, [...(contents.get(type) ?? []), bytes]);
  eachField(type, bytes, (_, inner, content) => {
    if (inner !== undefined) collect(inner, content, contents);
  });
}

function goOn(
  type: protobuf.Type,
  bytes: Uint8Array,
  contents: ReadonlyMap<protobuf.Type, readonly Uint8Array[]>,
  next: () => number,
): Uint8Array {
  const parts: Uint8Array[] = [];
  eachField(type, bytes, (tag, inner, content) => {
    if (inner === undefined) parts.push(content);
    else {
      const message = goOn(inner, content, contents, next);
      parts.push(protobuf.Writer.create().uint32(tag).bytes(message).finish());
    }
  });
  const others = contents.get(type) ?? [];
  for (let more = next() % 3; more > 0; more -= 1) parts.push(others[next() % others.length] ?? bytes);
  return Buffer.concat(parts);
}

/** @param visit told of the content of each message inside, and of each other field with its tag */
function eachField(
  type: protobuf.Type,
  bytes: Uint8Array,
  visit: (tag: number, inner: protobuf.Type | undefined, content: Uint8Array) => void,
): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const inner = type.fieldsById[tag >>> 3]?.resolvedType;
    if (inner instanceof protobuf.Type) {
      visit(tag, inner, reader.bytes());
    } else {
      reader.skipType(tag & 7);
      visit(tag, undefined, bytes.subarray(start, reader.pos));
    }
  }
}
