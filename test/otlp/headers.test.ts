import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeGrpcMessage,
  encodeGrpcMessage,
  formatGrpcTimeout,
  formatRetryAfter,
  parseGrpcTimeout,
  parseRetryAfter,
} from '../../src/authoring.js';

describe('grpc-message', () => {
  it('keeps printable ASCII and escapes the rest, the percent sign too', () => {
    expect(encodeGrpcMessage('100% größer\r\n~')).toBe('100%25 gr%C3%B6%C3%9Fer%0D%0A~');
  });

  it('is read back whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const header = encodeGrpcMessage(text);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeGrpcMessage(header)).toBe(text);
      }),
    );
  });

  it('is kept as it is where it is no valid escape', () => {
    expect(decodeGrpcMessage('100% %zz %4')).toBe('100% %zz %4');
  });
});

describe('grpc-timeout', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['30S', 30_000],
    ['250m', 250],
    ['1500u', 1.5],
    ['99999999n', 99.999999],
    ['0S', 0],
  ])('reads %s as %d ms', (header, ms) => {
    expect(parseGrpcTimeout(header)).toBeCloseTo(ms);
  });

  it.each(['', '10', 'S', '-1S', '1.5S', '123456789S', '1 S', '1s'])('refuses %j', (header) => {
    expect(parseGrpcTimeout(header)).toBeUndefined();
  });

  it.each([
    [10_000, '10000m'],
    [0.2, '1m'],
    [0, '0m'],
    [-5, '0m'],
    [200_000_000, '200000S'],
    [3_600_000 * 99_999_999 * 2, '99999999H'],
  ])('writes %d ms as %s', (ms, header) => {
    expect(formatGrpcTimeout(ms)).toBe(header);
  });
});

describe('retry-after', () => {
  const now = Date.UTC(2026, 0, 1);

  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['Thu Jan  1 00:00:30 2026 GMT', 30_000],
    ['86400', 86_400_000],
    ['86401', 86_400_000],
    ['99999999999999999999', 86_400_000],
    ['9'.repeat(400), 86_400_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
  ])('reads %j as %d ms from now', (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });

  it.each(['', 'soon', '-1', '1.5', '2026-01-01'])('refuses %j', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  it('writes whole seconds, rounded up', () => {
    expect([0, 1, 1_000, 1_001].map(formatRetryAfter)).toEqual(['0', '1', '1', '2']);
  });

  it('writes a day at most, and nothing that is no number', () => {
    const written = [86_400_001, 2 ** 63, Number.POSITIVE_INFINITY, -1, Number.NaN].map(formatRetryAfter);
    expect(written).toEqual(['86400', '86400', '86400', '0', '0']);
  });
});
