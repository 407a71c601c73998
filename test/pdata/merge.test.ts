import { describe, expect, it } from '@jest/globals';
import { mergePdata, Pdata, RequestMetadata, signals } from '../../src/authoring.js';
import { samplePdata, sampleRequest } from '../fixtures/otlp.js';
import { recordsOf } from './records.js';

describe('mergePdata', () => {
  it.each(signals)('makes one request of several for %s, in their order', (signal) => {
    const parts = [0, 10, 20].map((first) => samplePdata(signal, { records: 3, first }));
    const merged = mergePdata(parts);
    expect(merged.signal).toBe(signal);
    expect(merged.itemCount).toBe(9);
    expect(recordsOf(signal, merged.bytes)).toEqual(parts.flatMap(({ bytes }) => recordsOf(signal, bytes)));
  });

  it('returns one part alone as it is', () => {
    const part = samplePdata('logs');
    expect(mergePdata([part])).toBe(part);
  });

  it('adds up the item counts when all are known', () => {
    const parts = [2, 3].map((records) => new Pdata('logs', sampleRequest('logs', { records }), records));
    expect(mergePdata(parts).knownItemCount).toBe(5);
  });

  it('leaves the item count open when one is not known', () => {
    const parts = [new Pdata('logs', sampleRequest('logs'), 1), samplePdata('logs')];
    expect(mergePdata(parts).knownItemCount).toBeUndefined();
  });

  it('copies nothing of large parts', () => {
    const parts = [0, 500].map((first) => samplePdata('logs', { records: 500, first }));
    const merged = mergePdata(parts);
    expect(merged.pieces).toEqual(parts.map(({ bytes }) => bytes));
    expect(merged.byteLength).toBe(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
    expect(Buffer.concat(merged.pieces).equals(merged.bytes)).toBe(true);
    // Once somebody had to have them joined, the parts are not kept beside the whole.
    expect(merged.pieces).toEqual([merged.bytes]);
  });

  it('makes one piece of many small parts', () => {
    const merged = mergePdata(Array.from({ length: 100 }, () => samplePdata('logs')));
    expect(merged.pieces).toHaveLength(1);
  });

  it('refuses to merge nothing', () => {
    expect(() => mergePdata([])).toThrow(new TypeError('mergePdata needs at least one part'));
  });

  it('refuses to merge different signals', () => {
    expect(() => mergePdata([samplePdata('logs'), samplePdata('traces')])).toThrow(
      new TypeError('mergePdata cannot merge traces into logs'),
    );
  });

  describe('with metadata of requests', () => {
    const from = (tenant?: string): Pdata => {
      const metadata = tenant === undefined ? undefined : new RequestMetadata([['x-tenant', tenant]]);
      return new Pdata('logs', sampleRequest('logs'), 1, metadata);
    };

    it('keeps what all parts have', () => {
      expect(mergePdata([from('acme'), from('acme')]).metadata?.reveal('x-tenant')).toBe('acme');
    });

    it.each([
      ['acme', 'globex'],
      ['acme', undefined],
      [undefined, 'acme'],
    ])('refuses to merge data of %s and %s', (one, other) => {
      expect(() => mergePdata([from(one), from(other)])).toThrow(
        new TypeError('mergePdata cannot merge data of requests with different metadata'),
      );
    });
  });
});
