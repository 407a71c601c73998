import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';
import { signals } from '../../../src/authoring.js';
import type { MessageType } from '../../../src/pdata/schema/message-type.js';
import { messageTypes, requests } from '../../../src/pdata/schema/schema.js';
import { requestTypes } from '../otlp-proto.js';

describe('the schema', () => {
  it.each(signals)('has the messages, numbers, names, types and oneofs of OTLP for %s', (signal) => {
    const seen = new Set<string>();
    const compare = (ours: MessageType, theirs: protobuf.Type): void => {
      if (seen.has(ours.name)) return;
      seen.add(ours.name);
      const theirFields = theirs.fieldsArray.map((field) => field.resolve()).map(shapeOfTheirs);
      expect({ [ours.name]: ours.fields.map(shapeOfOurs).sort(byNumber) }).toEqual({
        [ours.name]: theirFields.sort(byNumber),
      });
      for (const field of ours.fields) {
        const theirType = theirs.fieldsById[field.number]?.resolvedType;
        if (field.message !== undefined && theirType instanceof protobuf.Type)
          compare(field.message, theirType);
      }
    };
    compare(requests[signal], requestTypes[signal]);
  });

  it('gives every message the index at which it stands', () => {
    expect(messageTypes.map(({ index }) => index)).toEqual(messageTypes.map((_, index) => index));
  });
});

interface Shape {
  readonly number: number;
  readonly jsonName: string;
  readonly type: string;
  readonly repeated: boolean;
  readonly presence: boolean;
  readonly oneof: string | undefined;
}

function byNumber(left: Shape, right: Shape): number {
  return left.number - right.number;
}

function shapeOfOurs({
  number,
  jsonName,
  kind,
  repeated,
  presence,
  oneof,
}: MessageType['fields'][number]): Shape {
  return { number, jsonName, type: kind === 'id' ? 'bytes' : kind, repeated, presence, oneof };
}

function shapeOfTheirs(field: protobuf.Field): Shape {
  const { id: number, name: jsonName, repeated, partOf, resolvedType } = field;
  const isOptional = field.getOption('proto3_optional') === true;
  const oneof = isOptional ? undefined : partOf?.name;
  const presence = isOptional || oneof !== undefined;
  // protobufjs has severity as an int32 here, which is the same on the wire.
  const isEnum = resolvedType instanceof protobuf.Enum || jsonName === 'severityNumber';
  const type = resolvedType instanceof protobuf.Type ? 'message' : isEnum ? 'enum' : field.type;
  return { number, jsonName, type, repeated, presence, oneof };
}
