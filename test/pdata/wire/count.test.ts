import { describe, expect, it } from '@jest/globals';
import { countItems, MalformedPayload, Pdata, signals } from '../../../src/authoring.js';
import { sampleRequest } from '../../fixtures/otlp.js';
import { message, Raw } from './bytes.js';

describe('countItems', () => {
  it.each(signals)('counts the items of all scopes of all resources for %s', (signal) => {
    expect(countItems(signal, sampleRequest(signal, { records: 23, resources: 3, scopes: 2 }))).toBe(23);
  });

  it('counts data points, not metrics', () => {
    expect(countItems('metrics', sampleRequest('metrics', { records: 12, pointsPerMetric: 5 }))).toBe(12);
  });

  it('does not look inside items', () => {
    const broken = Uint8Array.of(0xff, 0xff);
    expect(countItems('logs', message([1, message([2, message([2, broken], [2, broken])])]))).toBe(2);
  });

  it('steps over fields that it does not know', () => {
    const scope = message([9, 'unknown'], [2, new Uint8Array()], [30, new Raw(3, [0xf4, 0x01])]);
    expect(countItems('logs', message([1, message([2, scope])], [7, 'unknown']))).toBe(1);
  });

  it('refuses broken framing and says where it is', () => {
    const bytes = message([1, message([2, new Raw(2, [9, 0])])]);
    expect(() => countItems('logs', bytes)).toThrow(
      new MalformedPayload(
        'malformed OTLP protobuf: resource_logs.scope_logs: a length runs past the end of its message (at byte 3)',
      ),
    );
  });

  it('refuses an item that is not a message', () => {
    const bytes = message([1, message([2, message([2, new Raw(0, [1])])])]);
    expect(() => countItems('traces', bytes)).toThrow(
      'resource_spans.scope_spans.spans: the field has a wire type that it cannot have (at byte 4)',
    );
  });
});

describe('Pdata', () => {
  it('counts its items when asked, and only once', () => {
    const pdata = new Pdata('logs', sampleRequest('logs', { records: 4 }));
    expect(pdata.knownItemCount).toBeUndefined();
    expect(pdata.itemCount).toBe(4);
    expect(pdata.knownItemCount).toBe(4);
  });

  it('believes the count that its maker gives', () => {
    expect(new Pdata('logs', new Uint8Array(), 3).itemCount).toBe(3);
  });
});
