import { describe, expect, it } from '@jest/globals';
import {
  decodeExportResponse,
  encodeExportResponse,
  exportResponseFromJson,
  exportResponseToJson,
  MalformedPayload,
  signals,
} from '../../src/authoring.js';

const partial = { rejected: 7, errorMessage: 'too old' };

describe('an export response', () => {
  it('is nothing at all when everything was accepted', () => {
    expect(encodeExportResponse()).toHaveLength(0);
    expect(decodeExportResponse(new Uint8Array(0))).toBeUndefined();
    expect(exportResponseToJson('logs')).toBe('{}');
    expect(exportResponseFromJson('logs', '{}')).toBeUndefined();
  });

  it('carries what was rejected and why', () => {
    expect(encodeExportResponse(partial).toString('hex')).toBe('0a0b08071207746f6f206f6c64');
    expect(decodeExportResponse(encodeExportResponse(partial))).toEqual(partial);
  });

  it.each([
    ['traces', 'rejectedSpans'],
    ['metrics', 'rejectedDataPoints'],
    ['logs', 'rejectedLogRecords'],
  ] as const)('names what of %s was rejected in JSON, as a string of a 64-bit integer', (signal, field) => {
    const json = `{"partialSuccess":{"${field}":"7","errorMessage":"too old"}}`;
    expect(exportResponseToJson(signal, partial)).toBe(json);
    expect(exportResponseFromJson(signal, json)).toEqual(partial);
    expect(exportResponseFromJson(signal, json.replace('"7"', '7'))).toEqual(partial);
  });

  it('may carry a warning when nothing was rejected', () => {
    const warning = { rejected: 0, errorMessage: 'use the new endpoint' };
    expect(decodeExportResponse(encodeExportResponse(warning))).toEqual(warning);
    expect(exportResponseFromJson('logs', exportResponseToJson('logs', warning))).toEqual(warning);
  });

  it.each(signals)('of %s with an empty partial success is a full one', (signal) => {
    expect(decodeExportResponse(Buffer.from('0a00', 'hex'))).toBeUndefined();
    expect(exportResponseFromJson(signal, '{"partialSuccess":{}}')).toBeUndefined();
  });

  it('is refused when it is not one', () => {
    expect(() => decodeExportResponse(Buffer.from('<html>'))).toThrow(MalformedPayload);
    expect(() => exportResponseFromJson('logs', '<html>')).toThrow('the export response is not JSON');
    expect(() => exportResponseFromJson('logs', '[]')).toThrow('the export response is not a JSON object');
  });
});
