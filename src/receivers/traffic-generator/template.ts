import { jsonToProtobuf, type Signal } from '../../authoring.js';
import { CONTEXT, contentOf, type Envelope, fieldOf, GROUP, jsonNames, MEMBER } from './frame.js';

/** The second half of every mark. As a double it is a small positive number, as an integer a positive one. */
const MAGIC = 0x3e5a_7c1d;

/**
 * Stands in for the values that change from record to record. Times, ids and numbers of OTLP have a fixed size on the
 * wire, so a template is encoded once with a recognizable mark in each of their places, and a fresh record is a copy
 * of it with other bytes in those places.
 */
export class Marks {
  readonly names: string[] = [];

  /** A time or another 64-bit integer of fixed size. */
  integer(name: string): string {
    return this.#next(name).getBigUint64(0, true).toString();
  }

  double(name: string): number {
    return this.#next(name).getFloat64(0, true);
  }

  spanId(name: string): string {
    return Buffer.from(this.#next(name).buffer).toString('hex');
  }

  traceId(name: string): string {
    return this.spanId(name).padEnd(32, '0');
  }

  #next(name: string): DataView {
    const mark = new DataView(new ArrayBuffer(8));
    mark.setUint32(0, this.names.length, true);
    mark.setUint32(4, MAGIC, true);
    this.names.push(name);
    return mark;
  }
}

/** One record, encoded, with the places of what changes. */
export class RecordTemplate {
  /** The record as a whole field of its scope group, tag and length included. */
  readonly bytes: Uint8Array;
  readonly #places: ReadonlyMap<string, readonly number[]>;

  constructor(bytes: Uint8Array, places: ReadonlyMap<string, readonly number[]>) {
    this.bytes = bytes;
    this.#places = places;
  }

  /** Where the value of this name stands, from the beginning of `bytes`. */
  place(name: string): number {
    const [place] = this.places(name);
    if (place === undefined) throw new Error(`a template has no mark '${name}'`);
    return place;
  }

  /** All places of a name, in the order in which their marks were made. */
  places(name: string): readonly number[] {
    return this.#places.get(name) ?? [];
  }
}

/** Encodes a record, written as OTLP/JSON with marks. */
export function recordTemplate(signal: Signal, write: (marks: Marks) => unknown): RecordTemplate {
  const [groups, members, records] = jsonNames[signal];
  const marks = new Marks();
  const request = encode(signal, { [groups]: [{ [members]: [{ [records]: [write(marks)] }] }] });
  const bytes = fieldOf(MEMBER, contentOf(contentOf(contentOf(request, GROUP), MEMBER), MEMBER));
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<string, number[]>();
  const mark = Buffer.alloc(8);
  mark.writeUInt32LE(MAGIC, 4);
  for (const [index, name] of marks.names.entries()) {
    mark.writeUInt32LE(index, 0);
    const place = view.indexOf(mark);
    if (place < 0) throw new Error(`the mark '${name}' got lost in the encoding of a template`);
    places.set(name, [...(places.get(name) ?? []), place]);
  }
  return new RecordTemplate(bytes, places);
}

/** Encodes what stands in front of the records. */
export function envelope(signal: Signal, resource: unknown, scope: unknown): Envelope {
  const [groups, members, records] = jsonNames[signal];
  const request = encode(signal, { [groups]: [{ resource, [members]: [{ scope, [records]: [] }] }] });
  const group = contentOf(request, GROUP);
  return {
    resource: fieldOf(CONTEXT, contentOf(group, CONTEXT)),
    scope: fieldOf(CONTEXT, contentOf(contentOf(group, MEMBER), CONTEXT)),
  };
}

function encode(signal: Signal, request: unknown): Uint8Array {
  return jsonToProtobuf(signal, JSON.stringify(request));
}
