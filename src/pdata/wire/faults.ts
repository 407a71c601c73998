import { MalformedPayload } from '../malformed.js';

/** What can be wrong with the framing of protobuf bytes, in words. */
export const faults = Object.freeze({
  truncated: 'ends in the middle of a field',
  overrun: 'a length runs past the end of its message',
  varint: 'a varint is longer than 64 bits',
  tag: 'a field tag is not valid',
  length: 'a length is not valid',
  wireType: 'the field has a wire type that it cannot have',
  group: 'a group ends that did not begin, or does not end',
  packed: 'a packed list does not hold a whole number of values',
  utf8: 'the text is not UTF-8',
  depth: 'messages are nested too deep',
});

export type Fault = keyof typeof faults;

/**
 * A fault as a reader of framing meets it, knowing only where. `explain` makes it into the error that users see,
 * so that readers need not keep track of field names for the rare case.
 */
export class WireFault extends MalformedPayload {
  readonly fault: Fault;
  /** From the start of the request. */
  readonly offset: number;

  constructor(fault: Fault, offset: number, path: readonly string[] = []) {
    const where = path.length === 0 ? '' : `${path.join('.')}: `;
    super(`malformed OTLP protobuf: ${where}${faults[fault]} (at byte ${offset})`);
    this.fault = fault;
    this.offset = offset;
  }
}
