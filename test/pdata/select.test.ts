import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  MalformedPayload,
  Pdata,
  protobufToJson,
  RequestMetadata,
  selectItems,
  validatePayload,
} from '../../src/authoring.js';
import { samplePdata } from '../fixtures/otlp.js';
import { arbitraryRequest, arbitrarySignal } from './arbitraries.js';
import { encodeRequest } from './otlp-proto.js';
import { recordsOf } from './records.js';
import { type FieldOnWire, message } from './wire/bytes.js';

const namesOf = ({ bytes }: Pdata): string[] =>
  JSON.stringify(protobufToJson('logs', bytes)).match(/log-\d+/g) ?? [];

describe('selectItems', () => {
  it('returns a request that keeps everything as it is', () => {
    const pdata = samplePdata('logs', { records: 5, resources: 2 });
    expect(selectItems(pdata, () => true)).toBe(pdata);
  });

  it('returns nothing when nothing stays, nor when nothing was there', () => {
    expect(selectItems(samplePdata('logs', { records: 5 }), () => false)).toBeUndefined();
    expect(selectItems(new Pdata('logs', new Uint8Array()), () => true)).toBeUndefined();
  });

  it('asks for each item once, by its number', () => {
    const asked: number[] = [];
    selectItems(samplePdata('metrics', { records: 6, resources: 2, pointsPerMetric: 2 }), (item) => {
      asked.push(item);
      return item > 2;
    });
    expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('keeps the order, the count, and the metadata of the request', () => {
    const metadata = new RequestMetadata([['x-tenant', 'acme']]);
    const sample = samplePdata('logs', { records: 9, resources: 3 });
    const pdata = new Pdata('logs', sample.bytes, undefined, metadata);
    const selected = selectItems(pdata, (item) => item % 4 === 0);
    expect(selected && namesOf(selected)).toEqual(['log-0', 'log-4', 'log-8']);
    expect(selected?.knownItemCount).toBe(3);
    expect(selected?.metadata).toBe(metadata);
  });

  it('leaves out a resource without items', () => {
    const selected = selectItems(
      samplePdata('logs', { records: 4, resources: 2 }),
      (item) => item < 2,
    ) as Pdata;
    expect(protobufToJson('logs', selected.bytes)).toMatchObject({ resourceLogs: { length: 1 } });
  });

  it('keeps what came without items, whatever else is left out', () => {
    const future: FieldOnWire = [2, message([1, 'future'], [13, 'points of a later kind'])];
    const known: FieldOnWire = [2, message([1, 'known'], [5, message([1, 'a'], [1, 'b'])])];
    const request = (...metrics: FieldOnWire[]): Uint8Array =>
      message([1, message([1, ''], [2, message(...metrics)])]);
    const pdata = new Pdata('metrics', request(future, known, future));
    const without = (item: number) =>
      Buffer.from(selectItems(pdata, (number) => number !== item)?.bytes ?? []);
    expect(without(0)).toEqual(request(future, [2, message([1, 'known'], [5, message([1, 'b'])])], future));
    expect(Buffer.from(selectItems(pdata, () => false)?.bytes ?? [])).toEqual(request(future, future));
    expect(selectItems(pdata, () => false)?.knownItemCount).toBe(0);
    const alone = new Pdata('metrics', request(future));
    expect(selectItems(alone, () => false)).toBe(alone);
    const unknown = new Pdata('logs', message([99, 'unknown']));
    expect(selectItems(unknown, () => false)).toBe(unknown);
  });

  it('keeps of any request exactly what it is told to, with all that stands around it', () => {
    fc.assert(
      fc.property(
        arbitrarySignal.chain((signal) =>
          fc.tuple(fc.constant(signal), arbitraryRequest(signal), fc.infiniteStream(fc.boolean())),
        ),
        ([signal, request, choices]) => {
          const bytes = encodeRequest(signal, request);
          const items = recordsOf(signal, bytes).filter((record) => record.includes('item:'));
          const keep = items.map(() => choices.next().value === true);
          const selected = selectItems(new Pdata(signal, bytes), (item) => keep[item] === true);
          const expected = items.filter((_, index) => keep[index]);
          if (selected === undefined) {
            expect(expected).toEqual([]);
            return;
          }
          validatePayload(signal, selected.bytes);
          const found = recordsOf(signal, selected.bytes).filter((record) => record.includes('item:'));
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  it('refuses broken framing, with the place of the fault', () => {
    const broken = new Pdata('logs', Uint8Array.of(0x0a, 0x05, 0x12, 0x7f, 0, 0, 0));
    expect(() => selectItems(broken, () => true)).toThrow(MalformedPayload);
    expect(() => selectItems(broken, () => true)).toThrow('resource_logs.scope_logs: a length runs past');
  });
});
