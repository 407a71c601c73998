import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  filterPayload,
  MalformedPayload,
  Pdata,
  RequestMetadata,
  validatePayload,
} from '../../src/authoring.js';
import { samplePdata } from '../fixtures/otlp.js';
import { arbitraryRequest, arbitrarySignal } from './arbitraries.js';
import { encodeRequest } from './otlp-proto.js';
import { recordsOf } from './records.js';
import { message } from './wire/bytes.js';

describe('filterPayload', () => {
  it('returns a request that keeps everything as it is', () => {
    const pdata = samplePdata('logs', { records: 5, resources: 2 });
    expect(filterPayload(pdata, {})).toBe(pdata);
    expect(filterPayload(pdata, { logRecord: () => true })).toBe(pdata);
  });

  it('returns nothing when no item stays', () => {
    const pdata = samplePdata('traces', { records: 5 });
    expect(filterPayload(pdata, { span: () => false })).toBeUndefined();
    expect(filterPayload(pdata, { resource: () => false })).toBeUndefined();
  });

  it('decides by the fields of an item, of its scope and of its resource', () => {
    const pdata = samplePdata('logs', { records: 8, resources: 2, scopes: 2 });
    const kept = filterPayload(pdata, {
      logRecord: (record, scope, { attributes }) =>
        record.body !== 'log-1' &&
        scope.name === 'scope-0' &&
        (attributes.get('service.instance.id') === '0' || record.severityNumber > 9),
    });
    expect(kept?.itemCount).toBe(1);
    expect(kept && recordsOf('logs', kept.bytes)).toEqual(recordsOf('logs', pdata.bytes).slice(0, 1));
  });

  it('does not look into what is left out', () => {
    const asked: string[] = [];
    filterPayload(samplePdata('logs', { records: 8, resources: 2, scopes: 2 }), {
      resource: ({ attributes }) => attributes.get('service.instance.id') === '1',
      scope: ({ name }, { attributes }) => {
        asked.push(`${attributes.get('service.instance.id')} ${name}`);
        return name === 'scope-1';
      },
      logRecord: ({ body }) => {
        asked.push(String(body));
        return true;
      },
    });
    expect(asked).toEqual(['1 scope-0', '1 scope-1', 'log-6', 'log-7']);
  });

  it('leaves out metrics by name and data points by attribute', () => {
    const pdata = samplePdata('metrics', { records: 6, pointsPerMetric: 2 });
    const kept = filterPayload(pdata, {
      metric: ({ name, type }) => type === 'sum' && name !== 'metric-0',
      dataPoint: ({ value }, { name }) => name !== 'metric-2' || value === 3n,
    });
    expect(kept?.itemCount).toBe(3);
    expect(kept?.knownItemCount).toBe(3);
  });

  it('leaves out a metric of a kind that this schema does not know by its name, and only so', () => {
    const metric = (name: string): Uint8Array => message([1, name], [13, 'points of a later kind']);
    const pdata = new Pdata(
      'metrics',
      message([1, message([2, message([2, metric('a')], [2, metric('b')])])]),
    );
    const kept = filterPayload(pdata, { metric: ({ name }) => name === 'b', dataPoint: () => false });
    expect(kept && Buffer.from(kept.bytes)).toEqual(message([1, message([2, message([2, metric('b')])])]));
    expect(filterPayload(pdata, { dataPoint: () => false })).toBe(pdata);
    expect(filterPayload(pdata, { metric: () => false })).toBeUndefined();
  });

  describe('of a metric with data of several types one after the other', () => {
    const gauge = message([1, message([7, message([1, 'gauge'])])], [1, message()]);
    const sum = message([1, message([7, message([1, 'sum'])])]);
    const pdata = (...data: [number, Uint8Array][]): Pdata =>
      new Pdata('metrics', message([1, message([2, message([2, message([1, 'name'], ...data)])])]));

    it('asks about the last alone, and keeps no other', () => {
      const asked: unknown[] = [];
      const kept = filterPayload(pdata([5, gauge], [7, sum]), {
        metric: ({ type }) => asked.push(type) > 0,
        dataPoint: ({ attributes }) => asked.push(attributes.has('sum')) > 0,
      });
      expect(asked).toEqual(['sum', true]);
      expect(kept?.bytes).toEqual(pdata([7, sum]).bytes);
      expect(kept?.knownItemCount).toBe(1);
    });

    it('brings none to light by leaving out what follows it', () => {
      expect(filterPayload(pdata([5, gauge], [7, sum]), { dataPoint: () => false })).toBeUndefined();
      const kept = filterPayload(pdata([5, gauge], [7, sum], [5, gauge], [12, message()]), {});
      expect(kept?.bytes).toEqual(pdata([12, message()], [5, gauge]).bytes);
    });

    it('keeps data that comes in parts', () => {
      const parts = pdata([5, gauge], [5, gauge], [12, message()]);
      expect(filterPayload(parts, {})).toBe(parts);
    });
  });

  it('keeps the metadata of the request', () => {
    const metadata = new RequestMetadata([['x-tenant', 'acme']]);
    const pdata = new Pdata('logs', samplePdata('logs', { records: 2 }).bytes, 2, metadata);
    expect(filterPayload(pdata, { logRecord: ({ body }) => body === 'log-1' })?.metadata).toBe(metadata);
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
          const keep: boolean[] = [];
          const choose = (): boolean => {
            keep.push(choices.next().value === true);
            return keep.at(-1) === true;
          };
          const kept = filterPayload(new Pdata(signal, bytes), {
            logRecord: choose,
            span: choose,
            dataPoint: choose,
          });
          const expected = items.filter((_, index) => keep[index]);
          expect(keep).toHaveLength(items.length);
          if (kept === undefined) {
            expect(expected).toEqual([]);
            return;
          }
          expect(validatePayload(signal, kept.bytes)).toBe(expected.length);
          const found = recordsOf(signal, kept.bytes).filter((record) => record.includes('item:'));
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  it('refuses a broken field that it is asked to look at, with the place of the fault', () => {
    const pdata = new Pdata(
      'logs',
      message([1, message([2, message([2, message([3, Uint8Array.of(0xff)])])])]),
    );
    const filter = (): unknown =>
      filterPayload(pdata, { logRecord: ({ severityText }) => severityText !== '' });
    expect(filter).toThrow(MalformedPayload);
    expect(filter).toThrow('resource_logs.scope_logs.log_records.severity_text: the text is not UTF-8');
    expect(filterPayload(pdata, { logRecord: ({ severityNumber }) => severityNumber === 0 })).toBe(pdata);
  });

  it('lets a fault of the filter through', () => {
    const fault = new Error('mine');
    expect(() =>
      filterPayload(samplePdata('logs'), {
        logRecord: () => {
          throw fault;
        },
      }),
    ).toThrow(fault);
  });
});
