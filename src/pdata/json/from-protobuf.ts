import type { Field, MessageType, ScalarField } from '../schema/message-type.js';
import { MAX_DEPTH, requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { WireCursor } from '../wire/cursor.js';
import { explain } from '../wire/explain.js';
import { WireFault } from '../wire/faults.js';
import { isPackable, WireType, wireTypeOf } from '../wire/wire-type.js';
import { scalarReaders } from './scalar-readers.js';
import { isDefault } from './scalars.js';

/** A message as an object that JSON.stringify turns into OTLP/JSON. */
interface JsonMessage {
  [name: string]: JsonValue;
}

type JsonValue = string | number | boolean | JsonMessage | JsonValue[];

/**
 * A protobuf request as an object ready for JSON.stringify, in the OTLP/JSON form that `jsonToProtobuf` reads:
 * 64-bit integers are strings, ids hex. Fields without presence are left out when they have their default, as
 * proto3 JSON does. Only fields that this schema knows are shown.
 *
 * @throws MalformedPayload when the bytes are not that request
 */
export function protobufToJson(signal: Signal, bytes: Uint8Array): unknown {
  try {
    return readMessage(requests[signal], new WireCursor(bytes), {});
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}

/** Reads up to the cursor's end into `target`: a message that comes in two parts on the wire is one message. */
function readMessage(type: MessageType, cursor: WireCursor, target: JsonMessage): JsonMessage {
  const { end } = cursor;
  while (cursor.pos < end) {
    const at = cursor.pos;
    const tag = cursor.tag();
    const field = type.byNumber[tag >>> 3];
    if (field === undefined) {
      cursor.skip(tag);
    } else if ((tag & 7) === wireTypeOf(field)) {
      readField(type, field, cursor, target);
    } else if (field.message === undefined && (tag & 7) === WireType.length && isPackable(field)) {
      readPacked(field, cursor, target);
    } else {
      throw new WireFault('wireType', at);
    }
  }
  return target;
}

function readField(type: MessageType, field: Field, cursor: WireCursor, target: JsonMessage): void {
  const { jsonName } = field;
  if (field.oneof !== undefined) {
    for (const other of type.fields) {
      if (other.oneof === field.oneof && other !== field) delete target[other.jsonName];
    }
  }
  if (field.message !== undefined) {
    if (field.repeated) listIn(target, jsonName).push(readSubmessage(field.message, cursor, {}));
    else target[jsonName] = readSubmessage(field.message, cursor, messageIn(target, jsonName));
    return;
  }
  const value = scalarReaders[field.kind](cursor);
  if (field.repeated) listIn(target, jsonName).push(value);
  else if (field.presence || !isDefault(field.kind, value)) target[jsonName] = value;
  else delete target[jsonName];
}

function readPacked(field: ScalarField, cursor: WireCursor, target: JsonMessage): void {
  const { end } = cursor;
  const list = listIn(target, field.jsonName);
  cursor.end = cursor.length() + cursor.pos;
  while (cursor.pos < cursor.end) list.push(scalarReaders[field.kind](cursor));
  cursor.end = end;
}

function readSubmessage(type: MessageType, cursor: WireCursor, target: JsonMessage): JsonMessage {
  if (cursor.depth === MAX_DEPTH) throw new WireFault('depth', cursor.pos);
  const { end } = cursor;
  cursor.end = cursor.length() + cursor.pos;
  cursor.depth += 1;
  readMessage(type, cursor, target);
  cursor.depth -= 1;
  cursor.end = end;
  return target;
}

function listIn(target: JsonMessage, name: string): JsonValue[] {
  const present = target[name];
  if (Array.isArray(present)) return present;
  const list: JsonValue[] = [];
  target[name] = list;
  return list;
}

function messageIn(target: JsonMessage, name: string): JsonMessage {
  const present = target[name];
  return typeof present === 'object' && !Array.isArray(present) ? present : {};
}
