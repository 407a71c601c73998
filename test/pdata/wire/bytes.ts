import protobuf from 'protobufjs';

/** Hand-made protobuf: fields as number and content, where content is text, bytes, a message, or raw framing. */
export type FieldOnWire = readonly [number: number, content: string | Uint8Array | Raw];

/** Bytes that stand behind a tag with the wire type given, as they are. */
export class Raw {
  constructor(
    readonly wireType: number,
    readonly bytes: readonly number[],
  ) {}
}

export function message(...fields: readonly FieldOnWire[]): Uint8Array {
  return Buffer.concat(fields.map(([number, content]) => fieldOnWire(number, content)));
}

function fieldOnWire(number: number, content: string | Uint8Array | Raw): Uint8Array {
  const writer = protobuf.Writer.create();
  if (content instanceof Raw) {
    return Buffer.concat([writer.uint32(number * 8 + content.wireType).finish(), Buffer.from(content.bytes)]);
  }
  const tagged = writer.uint32(number * 8 + 2);
  return typeof content === 'string' ? tagged.string(content).finish() : tagged.bytes(content).finish();
}
