import type { Field, MessageField, MessageType, ScalarField, ScalarKind } from '../schema/message-type.js';
import { MAX_DEPTH, requests } from '../schema/schema.js';
import type { Signal } from '../signal.js';
import { BackwardWriter } from '../wire/backward-writer.js';
import { isPackable, WireType, wireTypeOf } from '../wire/wire-type.js';
import { JsonPath, nameOfType } from './json-path.js';
import { decodeText, parseText, parseTextExactly } from './parse.js';
import { isDefault, scalarWriters } from './scalars.js';

/**
 * An OTLP/JSON request as protobuf, by the proto3 JSON mapping with OTLP's deviations: ids in hex, enums as
 * integers only, lowerCamelCase keys only, unknown keys ignored. `null` is an absent field. 64-bit integers keep
 * every digit, written as strings or as numbers.
 *
 * @throws MalformedPayload with the JSON path of what is wrong
 */
export function jsonToProtobuf(signal: Signal, json: Uint8Array | string): Uint8Array {
  const text = decodeText(json);
  const transcoder = new Transcoder(text.length, false);
  const bytes = transcoder.request(requests[signal], parseText(text));
  if (!transcoder.lostDigits) return bytes;
  return new Transcoder(text.length, true).request(requests[signal], parseTextExactly(text));
}

class Transcoder {
  /** A 64-bit field had a number that a double may not hold: the text has to be parsed exactly. */
  lostDigits = false;
  readonly #exact: boolean;
  readonly #writer: BackwardWriter;
  readonly #path = new JsonPath();

  constructor(textLength: number, exact: boolean) {
    this.#exact = exact;
    // Protobuf is mostly less than half of its JSON.
    this.#writer = new BackwardWriter(Math.max(64, textLength >>> 1));
  }

  request(type: MessageType, value: unknown): Uint8Array {
    this.#message(type, value, 0);
    return this.#writer.finish();
  }

  /** The content of a message. Own keys only: nothing is read off a prototype, whatever the keys are. */
  #message(type: MessageType, value: unknown, depth: number): void {
    if (!isObject(value)) throw this.#path.fault(`must be an object (found ${nameOfType(value)})`);
    if (depth > MAX_DEPTH) throw this.#path.fault(`is nested deeper than ${MAX_DEPTH} messages`);
    const keys = Object.keys(value);
    let chosen: Field | undefined;
    for (let index = keys.length - 1; index >= 0; index -= 1) {
      const key = keys[index] ?? '';
      const field = type.byJsonName.get(key);
      const fieldValue = value[key];
      if (field === undefined || fieldValue === null) continue;
      if (field.oneof !== undefined) {
        // No message of OTLP has two oneofs.
        if (chosen !== undefined) {
          throw this.#path.fault(`must have one of '${key}' and '${chosen.jsonName}', not both`);
        }
        chosen = field;
      }
      this.#path.enter(key);
      this.#field(field, fieldValue, depth);
      this.#path.leave();
    }
  }

  #field(field: Field, value: unknown, depth: number): void {
    if (field.repeated) {
      this.#list(field, value, depth);
    } else if (field.message !== undefined) {
      this.#submessage(field, value, depth);
    } else if (field.presence || !isDefault(field.kind, value)) {
      this.#scalar(field, value);
      this.#writer.tag(field.number, wireTypeOf(field));
    }
  }

  #list(field: Field, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw this.#path.fault(`must be an array (found ${nameOfType(value)})`);
    const packed = isPackable(field);
    const mark = this.#writer.size;
    for (let index = value.length - 1; index >= 0; index -= 1) {
      this.#path.enter(index);
      if (field.message !== undefined) {
        this.#submessage(field, value[index], depth);
      } else {
        this.#scalar(field, value[index]);
        if (!packed) this.#writer.tag(field.number, wireTypeOf(field));
      }
      this.#path.leave();
    }
    if (packed && value.length > 0) {
      this.#writer.lengthSince(mark);
      this.#writer.tag(field.number, WireType.length);
    }
  }

  #submessage(field: MessageField, value: unknown, depth: number): void {
    const mark = this.#writer.size;
    this.#message(field.message, value, depth + 1);
    this.#writer.lengthSince(mark);
    this.#writer.tag(field.number, WireType.length);
  }

  #scalar(field: ScalarField, value: unknown): void {
    if (!this.#exact && is64Bit(field.kind) && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.lostDigits = true;
      return;
    }
    const expected = scalarWriters[field.kind](this.#writer, value);
    if (expected !== undefined) throw this.#path.fault(`must be ${expected} (found ${nameOfType(value)})`);
  }
}

function is64Bit(kind: ScalarKind): boolean {
  return kind === 'int64' || kind === 'uint64' || kind === 'fixed64' || kind === 'sfixed64';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
