import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  MalformedPayload,
  mergePdata,
  Pdata,
  protobufToJson,
  RequestMetadata,
  type Signal,
  signals,
  splitPdata,
  splitWithPlaces,
  validatePayload,
} from '../../src/authoring.js';
import { samplePdata } from '../fixtures/otlp.js';
import { arbitraryRequest, arbitrarySignal } from './arbitraries.js';
import { encodeRequest } from './otlp-proto.js';
import { itemsOf, recordsOf } from './records.js';
import { type FieldOnWire, message, Raw } from './wire/bytes.js';

const withoutRequest = (record: string): string => record.replace(/^ \{[^}]*\}/, '');
const namesOf = ({ bytes }: Pdata): string[] =>
  JSON.stringify(protobufToJson('logs', bytes)).match(/log-\d+/g) ?? [];

describe('splitPdata', () => {
  it('returns what is within the limit as it is', () => {
    const pdata = samplePdata('logs', { records: 5 });
    expect(splitPdata(pdata, {})).toEqual([pdata]);
    expect(splitPdata(pdata, { maxItems: 5, maxBytes: pdata.bytes.length })[0]).toBe(pdata);
  });

  it('does not count items that nobody limits', () => {
    const pdata = samplePdata('logs', { records: 5 });
    splitPdata(pdata, { maxBytes: 1_000_000 });
    expect(pdata.knownItemCount).toBeUndefined();
  });

  it('keeps the metadata of the request in every piece', () => {
    const metadata = new RequestMetadata([['x-tenant', 'acme']]);
    const whole = new Pdata('logs', samplePdata('logs', { records: 5 }).bytes, 5, metadata);
    const pieces = splitPdata(whole, { maxItems: 2 });
    expect(pieces.map((piece) => piece.metadata)).toEqual([metadata, metadata, metadata]);
    for (const piece of pieces) expect(piece.metadata).toBe(metadata);
  });

  it('fills each piece, in order, before the next begins', () => {
    const pieces = splitPdata(samplePdata('logs', { records: 7, resources: 2, scopes: 2 }), { maxItems: 3 });
    expect(pieces.map(namesOf)).toEqual([
      ['log-0', 'log-1', 'log-2'],
      ['log-3', 'log-4', 'log-5'],
      ['log-6'],
    ]);
    expect(pieces.map(({ knownItemCount }) => knownItemCount)).toEqual([3, 3, 1]);
  });

  it('cuts a metric between its data points', () => {
    const pdata = samplePdata('metrics', { records: 10, pointsPerMetric: 10 });
    const pieces = splitPdata(pdata, { maxItems: 4 });
    expect(pieces.map(({ itemCount }) => itemCount)).toEqual([4, 4, 2]);
    expect(pieces.flatMap(({ bytes }) => recordsOf('metrics', bytes))).toEqual(
      recordsOf('metrics', pdata.bytes),
    );
  });

  it('sends an item that is too big alone', () => {
    const scope = message([2, 'a'], [2, 'b'.repeat(100)], [2, 'c'], [2, 'd']);
    const pieces = splitPdata(new Pdata('logs', message([1, message([2, scope])])), { maxBytes: 20 });
    const logs = (...records: FieldOnWire[]): Uint8Array => message([1, message([2, message(...records)])]);
    expect(pieces.map(({ bytes }) => Buffer.from(bytes))).toEqual([
      logs([2, 'a']),
      logs([2, 'b'.repeat(100)]),
      logs([2, 'c'], [2, 'd']),
    ]);
  });

  it('returns a request of one item that is too big as it is', () => {
    const pdata = samplePdata('traces');
    expect(splitPdata(pdata, { maxBytes: 1 })[0]).toBe(pdata);
  });

  it('repeats the header of a cut container in every piece, with fields that it does not know', () => {
    const scope = message([1, 'scope'], [2, 'a'], [90, 'unknown'], [2, 'b'], [3, 'url']);
    const request = message([1, message([1, 'resource'], [2, scope], [3, 'url'])], [91, 'unknown']);
    const piece = (record: string): Uint8Array =>
      message(
        [91, 'unknown'],
        [
          1,
          message(
            [1, 'resource'],
            [3, 'url'],
            [2, message([1, 'scope'], [90, 'unknown'], [3, 'url'], [2, record])],
          ),
        ],
      );
    expect(
      splitPdata(new Pdata('logs', request), { maxItems: 1 }).map(({ bytes }) => Buffer.from(bytes)),
    ).toEqual([piece('a'), piece('b')]);
  });

  it('keeps containers that have no items', () => {
    const empty = message([1, 'resource of nothing']);
    const full = message([2, message([2, 'a'], [2, 'b'])]);
    const request = message([1, empty], [1, full], [1, empty]);
    const pieces = splitPdata(new Pdata('traces', request), { maxItems: 1 });
    expect(pieces.flatMap(({ bytes }) => recordsOf('traces', bytes))).toEqual(recordsOf('traces', request));
  });

  it('says where in the request each part stood, what is without items included', () => {
    const empty = message([1, 'resource of nothing']);
    const full = message([2, message([2, 'a'], [2, 'b'], [2, 'c'])]);
    const bytes = message([1, full], [1, empty], [1, full]);
    const parts = splitWithPlaces(new Pdata('traces', bytes), { maxItems: 2 });
    const held = parts.map(({ start, end }) => Buffer.from(bytes.subarray(start, end)));
    // Each as it stands in the request: with the tag and the length of the resource where the part has all of it.
    const between = message([1, empty]);
    const opened = message([1, full]).subarray(0, 4);
    expect(held).toEqual([
      message([2, 'a'], [2, 'b']),
      Buffer.concat([message([2, 'c']), between, opened, message([2, 'a'])]),
      message([2, 'b'], [2, 'c']),
    ]);
    const whole = new Pdata('traces', bytes);
    expect(splitWithPlaces(whole, {})).toEqual([{ pdata: whole, start: 0, end: bytes.length }]);
  });

  it('stops cutting when repeated headers have taken 64 MiB', () => {
    const resource: FieldOnWire = [1, Buffer.alloc(1024 * 1024)];
    const scope = message(...Array.from({ length: 100 }, (): FieldOnWire => [2, '']));
    const pdata = new Pdata('logs', message([1, message(resource, [2, scope])]));
    const counts = splitPdata(pdata, { maxItems: 1 }).map(({ itemCount }) => itemCount);
    expect(counts).toEqual([...Array<number>(63).fill(1), 37]);
  });

  it('from then on exceeds a limit only until a piece is twice as large as its headers', () => {
    const header = 1024 * 1024;
    const record: FieldOnWire = [2, Buffer.alloc(100_000)];
    const scope = message(...Array.from({ length: 100 }, () => record));
    const pdata = new Pdata('logs', message([1, message([1, Buffer.alloc(header)], [2, scope])]));
    for (const limit of [{ maxItems: 1 }, { maxBytes: header + 110_000 }]) {
      const pieces = splitPdata(pdata, limit);
      expect(pieces.map(({ itemCount }) => itemCount)).toEqual([...Array<number>(63).fill(1), 10, 10, 10, 7]);
      for (const { byteLength } of pieces) expect(byteLength).toBeLessThan(2 * header + 10);
      expect(pieces.flatMap(({ bytes }) => recordsOf('logs', bytes))).toHaveLength(100);
    }
  });

  it.each([
    [{ maxItems: 0 }, 'maxItems must be at least 1, not 0'],
    [{ maxBytes: -1 }, 'maxBytes must be at least 1, not -1'],
    [{ maxItems: Number.NaN }, 'maxItems must be at least 1, not NaN'],
  ])('refuses the limit %j', (limit, problem) => {
    expect(() => splitPdata(samplePdata('logs'), limit)).toThrow(new RangeError(problem));
  });

  it('refuses broken framing and says where it is', () => {
    const bytes = message([1, message([2, message([2, 'a'], [3, new Raw(2, [9])])])]);
    expect(() => splitPdata(new Pdata('logs', bytes), { maxBytes: 5 })).toThrow(
      new MalformedPayload(
        'malformed OTLP protobuf: resource_logs.scope_logs.schema_url: a length runs past the end of its message (at byte 8)',
      ),
    );
  });

  describe.each(signals)('any request for %s', (signal) => {
    const requests = fc.oneof(
      arbitraryRequest(signal).map((value) => encodeRequest(signal, value)),
      strange(signal),
    );

    it('loses nothing and keeps its order', () => {
      fc.assert(
        fc.property(requests, fc.nat({ max: 5 }), fc.nat({ max: 300 }), (bytes, items, size) => {
          const pieces = splitPdata(new Pdata(signal, bytes), { maxItems: items + 1, maxBytes: size + 1 });
          const records = recordsOf(signal, bytes);
          expect(pieces.flatMap((piece) => recordsOf(signal, piece.bytes))).toEqual(records);
          // Unknown fields of the request itself add up when requests are merged.
          expect(recordsOf(signal, mergePdata(pieces).bytes).map(withoutRequest)).toEqual(
            records.map(withoutRequest),
          );
        }),
      );
    });

    it('keeps to the limit wherever there is more than one record', () => {
      fc.assert(
        fc.property(requests, fc.nat({ max: 5 }), fc.nat({ max: 300 }), (bytes, items, size) => {
          const limit = { maxItems: items + 1, maxBytes: size + 1 };
          for (const piece of splitPdata(new Pdata(signal, bytes), limit)) {
            expect(piece.itemCount).toBe(itemsOf(signal, piece.bytes));
            if (recordsOf(signal, piece.bytes).length === 1) continue;
            expect(piece.itemCount).toBeLessThanOrEqual(limit.maxItems);
            expect(piece.bytes.length).toBeLessThanOrEqual(limit.maxBytes);
          }
        }),
      );
    });

    it('makes as few pieces as the number of items allows', () => {
      fc.assert(
        fc.property(requests, fc.integer({ min: 1, max: 5 }), (bytes, maxItems) => {
          const items = itemsOf(signal, bytes);
          expect(splitPdata(new Pdata(signal, bytes), { maxItems })).toHaveLength(
            Math.max(1, Math.ceil(items / maxItems)),
          );
        }),
      );
    });
  });

  it('makes pieces that are valid requests', () => {
    fc.assert(
      fc.property(
        arbitrarySignal.chain((signal) =>
          arbitraryRequest(signal).map((value) => new Pdata(signal, encodeRequest(signal, value))),
        ),
        fc.nat({ max: 200 }),
        (pdata, size) => {
          for (const piece of splitPdata(pdata, { maxBytes: size + 1 })) {
            expect(validatePayload(pdata.signal, piece.bytes)).toBe(piece.itemCount);
          }
        },
      ),
    );
  });
});

/** Requests with fields in any order, unknown fields everywhere, several of what should be one, and empty shells. */
function strange(signal: Signal): fc.Arbitrary<Uint8Array> {
  const text: fc.Arbitrary<FieldOnWire> = fc.tuple(
    fc.constantFrom(1, 3, 4, 12, 16, 99, 5000),
    fc.string({ maxLength: 40 }),
  );
  const container = (
    children: readonly number[],
    child: fc.Arbitrary<Uint8Array>,
    headers: fc.Arbitrary<FieldOnWire>,
  ): fc.Arbitrary<Uint8Array> =>
    fc
      .array(
        fc.oneof(
          { weight: 1, arbitrary: headers },
          { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...children), child) },
        ),
        { maxLength: 6 },
      )
      .map((fields) => message(...fields));
  const unknown: fc.Arbitrary<FieldOnWire> = fc.tuple(
    fc.constantFrom(99, 5000),
    fc.string({ maxLength: 40 }),
  );
  const item = fc.array(text, { maxLength: 3 }).map((fields) => message(...fields));
  const scoped =
    signal === 'metrics' ? container([5, 7, 9, 10, 11], container([1], item, unknown), text) : item;
  return container([1], container([2], container([2], scoped, text), text), unknown);
}
