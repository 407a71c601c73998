import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  countItems,
  jsonToProtobuf,
  MalformedPayload,
  Pdata,
  protobufToJson,
  type Signal,
  signals,
  splitPdata,
  validatePayload,
} from '../../src/authoring.js';
import { arbitraryRequest, toOtlpJson } from './arbitraries.js';
import { decodeRequest, encodeRequest } from './otlp-proto.js';

/** Some change to some bytes: overwritten, cut off, cut out, doubled. */
const damage = fc.record({
  kind: fc.constantFrom('overwrite', 'truncate', 'remove', 'double'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 8 }),
  byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x00, 0x7f, 0x80, 0xff)),
});

function damaged(
  bytes: Uint8Array,
  changes: readonly (typeof damage extends fc.Arbitrary<infer T> ? T : never)[],
): Uint8Array {
  let result = Buffer.from(bytes);
  for (const { kind, at, length, byte } of changes) {
    const from = Math.floor(at * result.length);
    const before = result.subarray(0, from);
    const after = result.subarray(from + length);
    const hit = result.subarray(from, from + length);
    if (kind === 'overwrite')
      result = Buffer.concat([before, Buffer.from([byte]), result.subarray(from + 1)]);
    else if (kind === 'truncate') result = before;
    else if (kind === 'remove') result = Buffer.concat([before, after]);
    else result = Buffer.concat([before, hit, hit, after]);
  }
  return new Uint8Array(result);
}

/** What a call gives, or undefined when it refuses. Everything but MalformedPayload fails the test. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof MalformedPayload) return undefined;
    throw error;
  }
}

describe.each(signals)('damaged requests for %s', (signal: Signal) => {
  const requests = arbitraryRequest(signal);
  const changes = fc.array(damage, { minLength: 1, maxLength: 4 });

  it('are refused as malformed or read, but nothing else happens', () => {
    fc.assert(
      fc.property(requests, changes, (value, list) => {
        const bytes = damaged(encodeRequest(signal, value), list);
        const count = attempt(() => countItems(signal, bytes));
        const items = attempt(() => validatePayload(signal, bytes));
        const json = attempt(() => protobufToJson(signal, bytes));
        attempt(() => splitPdata(new Pdata(signal, bytes), { maxItems: 1, maxBytes: 50 }));
        expect(json !== undefined).toBe(items !== undefined);
        if (items !== undefined) expect(count).toBe(items);
      }),
      { numRuns: 500 },
    );
  });

  it('that we take, protobufjs takes', () => {
    fc.assert(
      fc.property(requests, changes, (value, list) => {
        const bytes = damaged(encodeRequest(signal, value), list);
        if (attempt(() => validatePayload(signal, bytes)) === undefined) return;
        expect(decodeRequest(signal, bytes)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  it('in JSON are refused as malformed or read, but nothing else happens', () => {
    fc.assert(
      fc.property(requests, changes, (value, list) => {
        const text = damaged(Buffer.from(JSON.stringify(toOtlpJson(value))), list);
        const bytes = attempt(() => jsonToProtobuf(signal, text));
        if (bytes !== undefined) validatePayload(signal, bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('in JSON with values of other types are refused as malformed or read', () => {
    fc.assert(
      fc.property(requests, fc.json(), fc.nat(), (value, intruder, position) => {
        const text = JSON.stringify(toOtlpJson(value));
        const starts = [...text.matchAll(/(?<=[:[,])(?=["{[\d])/g)].map(({ index }) => index);
        const at = starts[position % Math.max(1, starts.length)] ?? 0;
        attempt(() => jsonToProtobuf(signal, `${text.slice(0, at)}${intruder},${text.slice(at)}`));
        attempt(() => jsonToProtobuf(signal, intruder));
      }),
    );
  });
});
