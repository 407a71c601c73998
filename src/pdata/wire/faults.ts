import { MalformedPayload } from '../malformed.js';

/** What can be wrong with the framing of protobuf bytes, in words. */
export const faults = Object.freeze({
  truncated: 'ends in the middle of a field',
  overrun: 'a length runs past the end of its message',
  varint: 'a varint is longer than 64 bits',
  tag: 'a field tag is not valid',
  length: 'a length is not valid',
  wireType: 'a field has a wire type that it cannot have',
  group: 'a group ends that did not begin, or does not end',
  packed: 'a packed list does not hold a whole number of values',
  depth: 'messages are nested too deep',
});

export type Fault = keyof typeof faults;

/** @param path names of the fields from the request inwards, as far as the reader knows them */
export function malformedWire(fault: Fault, offset: number, path: readonly string[] = []): MalformedPayload {
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  return new MalformedPayload(`malformed OTLP protobuf: ${where}${faults[fault]} (at byte ${offset})`);
}
