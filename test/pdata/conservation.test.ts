import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergePdata, noCompletion, Pdata, type Signal, signals, splitPdata } from '../../src/authoring.js';
import { batchLimits } from '../../src/processors/batch/limits.js';
import { makeBatches } from '../../src/processors/batch/parcel.js';
import { arbitraryRequest } from './arbitraries.js';
import { decodeRequest, encodeRequest } from './otlp-proto.js';
import { itemsOf, recordsOf } from './records.js';
import { withUnknownFields } from './unknown-fields.js';

/** How many random payloads there are, of the three signals together. */
const PAYLOADS = 10_000;
const MOST_TOGETHER = 5;
/** A run draws three on average. */
const RUNS = Math.ceil((PAYLOADS / signals.length) * (2 / (1 + MOST_TOGETHER)));

/** A few seconds of CPU on a machine that may have other things to do. */
const TIMEOUT_MS = 180_000;

/** Some requests of a signal, with fields that nobody knows at every level. */
function arbitraryRequests(signal: Signal): fc.Arbitrary<Pdata[]> {
  const request = fc
    .tuple(arbitraryRequest(signal), fc.nat())
    .map(([value, seed]) => new Pdata(signal, withUnknownFields(signal, encodeRequest(signal, value), seed)));
  return fc.array(request, { minLength: 1, maxLength: MOST_TOGETHER });
}

/** Where JSON has what can be cut apart, level by level; the last level are the items. */
const levels: Readonly<Record<Signal, readonly (readonly string[])[]>> = {
  traces: [['resourceSpans'], ['scopeSpans'], ['spans']],
  metrics: [
    ['resourceMetrics'],
    ['scopeMetrics'],
    ['metrics'],
    ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
    ['dataPoints'],
  ],
  logs: [['resourceLogs'], ['scopeLogs'], ['logRecords']],
};

/** What protobufjs decodes of some requests: every item with what is around it, in their order. */
function decoded(signal: Signal, parts: readonly Pdata[]): string[] {
  return parts
    .flatMap(({ bytes }) => flatten(decodeRequest(signal, bytes), levels[signal], ''))
    .filter((item) => item !== '{}');
}

function flatten(
  message: object,
  [level, ...deeper]: readonly (readonly string[])[],
  around: string,
): string[] {
  if (level === undefined) return [around + JSON.stringify(message)];
  const header = JSON.stringify({
    ...message,
    ...Object.fromEntries(level.map((name) => [name, undefined])),
  });
  const children = level.flatMap((name): object[] => Reflect.get(message, name) ?? []);
  return children.length === 0
    ? [around + header]
    : children.flatMap((child) => flatten(child, deeper, around + header));
}

const limits = fc.record({
  sizer: fc.constantFrom('bytes' as const, 'items' as const, 'requests' as const),
  maxItems: fc.integer({ min: 1, max: 6 }),
  maxBytes: fc.integer({ min: 1, max: 800 }),
});

describe.each(signals)('of random payloads of %s, with unknown fields everywhere,', (signal) => {
  /** Every item, and every container without items, with all headers around it but that of the request. */
  const recordsIn = (parts: readonly Pdata[]): string[] =>
    parts
      .flatMap(({ bytes }) => recordsOf(signal, bytes))
      .map((record) => record.replace(/^ \{[^}]*\}/, ''))
      .filter((record) => record !== ' empty');

  /** The fields of requests themselves: repeated in every piece, so that they add up when pieces are merged. */
  const requestFields = (...parts: readonly Pdata[]): string =>
    parts
      .map(({ bytes }) => /^ \{([^}]*)\}/.exec(recordsOf(signal, bytes)[0] ?? '')?.[1] ?? '')
      .filter((fields) => fields !== '')
      .join(' ');

  /** One record alone may be larger than any limit of bytes. */
  const expectWithin = (pdata: Pdata, maxItems: number, maxBytes: number): void => {
    expect(pdata.itemCount).toBe(itemsOf(signal, pdata.bytes));
    expect(pdata.itemCount).toBeLessThanOrEqual(maxItems);
    if (pdata.bytes.length > maxBytes) expect(recordsOf(signal, pdata.bytes)).toHaveLength(1);
  };

  it(
    'every record survives merging, splitting and batching in its order, and nothing is too big',
    () => {
      let payloads = 0;
      fc.assert(
        fc.property(arbitraryRequests(signal), limits, (parts, { sizer, maxItems, maxBytes }) => {
          payloads += parts.length;
          const records = recordsIn(parts);
          const items = decoded(signal, parts);

          const whole = mergePdata(parts);
          expect(recordsIn([whole])).toEqual(records);
          expect(decoded(signal, [whole])).toEqual(items);
          expect(requestFields(whole)).toBe(requestFields(...parts));

          const pieces = splitPdata(whole, { maxItems, maxBytes });
          expect(recordsIn(pieces)).toEqual(records);
          expect(decoded(signal, pieces)).toEqual(items);
          for (const piece of pieces) {
            expect(requestFields(piece)).toBe(requestFields(whole));
            expectWithin(piece, maxItems, maxBytes);
          }
          expect(recordsIn([mergePdata(pieces)])).toEqual(records);

          const max_size = sizer === 'items' ? maxItems : maxBytes;
          const requests = parts.map((pdata) => ({ pdata, completion: noCompletion }));
          const batches = makeBatches(requests, batchLimits({ sizer, max_size })).map(({ pdata }) => pdata);
          expect(recordsIn(batches)).toEqual(records);
          // A request is never split to make fewer of them; the processor takes no more than that at a time.
          if (sizer === 'requests') expect(batches).toHaveLength(1);
          for (const batch of batches) {
            if (sizer === 'items') expectWithin(batch, max_size, Number.POSITIVE_INFINITY);
            if (sizer === 'bytes') expectWithin(batch, Number.POSITIVE_INFINITY, max_size);
          }
        }),
        { numRuns: RUNS },
      );
      expect(payloads).toBeGreaterThan((PAYLOADS / signals.length) * 0.9);
    },
    TIMEOUT_MS,
  );
});
