import type { Signal } from '../../authoring.js';

/**
 * The frame that the three OTLP requests share: a request holds resource groups (field 1), a resource group a resource
 * (1) and scope groups (2), a scope group a scope (1) and records (2). All of them are length-delimited.
 */
export const GROUP = 1;
export const CONTEXT = 1;
export const MEMBER = 2;

/** The names of the repeated fields in OTLP/JSON, from the request inwards. */
export const jsonNames: Readonly<Record<Signal, readonly [string, string, string]>> = Object.freeze({
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
});

/** What stands in front of the records of a request. Both are whole fields, tag and length included. */
export interface Envelope {
  readonly resource: Uint8Array;
  readonly scope: Uint8Array;
}

/** The content of the first field with this number. Every field of `message` must be length-delimited. */
export function contentOf(message: Uint8Array, field: number): Uint8Array {
  let pos = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[pos++];
      if (byte === undefined) throw new Error(`field ${field} is missing in an encoded template`);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  for (;;) {
    const number = varint() >>> 3;
    const length = varint();
    if (number === field) return message.subarray(pos, pos + length);
    pos += length;
  }
}

/** A length-delimited field with a number below 16. */
export function fieldOf(number: number, content: Uint8Array): Uint8Array {
  const field = new Uint8Array(headSize(content.length) + content.length);
  field.set(content, writeHead(field, 0, number, content.length));
  return field;
}

/**
 * A request of one resource and one scope around these records.
 *
 * @param records whole fields, tag and length included
 * @param stamp called for each record that was copied into place, with where it begins
 */
export function frameRequest(
  { resource, scope }: Envelope,
  records: readonly { readonly bytes: Uint8Array }[],
  stamp: (view: DataView, at: number, index: number) => void,
): Uint8Array {
  let scopeSize = scope.length;
  for (const { bytes } of records) scopeSize += bytes.length;
  const resourceSize = resource.length + headSize(scopeSize) + scopeSize;
  const request = new Uint8Array(headSize(resourceSize) + resourceSize);
  const view = new DataView(request.buffer);
  let pos = writeHead(request, 0, GROUP, resourceSize);
  request.set(resource, pos);
  pos = writeHead(request, pos + resource.length, MEMBER, scopeSize);
  request.set(scope, pos);
  pos += scope.length;
  let index = 0;
  for (const { bytes } of records) {
    request.set(bytes, pos);
    stamp(view, pos, index++);
    pos += bytes.length;
  }
  return request;
}

function headSize(length: number): number {
  let size = 2;
  for (let rest = length; rest > 0x7f; rest >>>= 7) size += 1;
  return size;
}

function writeHead(target: Uint8Array, at: number, number: number, length: number): number {
  let pos = at;
  target[pos++] = (number << 3) | 2;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) target[pos++] = (rest & 0x7f) | 0x80;
  target[pos++] = rest;
  return pos;
}
