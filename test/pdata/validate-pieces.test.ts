import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedPayload, validatePieces } from '../../src/authoring.js';
import { validatePayload } from '../../src/pdata/wire/validate.js';
import { sampleRequest } from '../fixtures/otlp.js';

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at.map((end) => end % bytes.length), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('validatePieces', () => {
  it('says of a request in pieces what validatePayload says of the whole, wherever it is cut', () => {
    const request = sampleRequest('logs', { records: 20 });
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (at) => {
        expect(validatePieces('logs', cut(request, at))).toBe(validatePayload('logs', request));
      }),
    );
  });

  it('names the place of a mistake in the whole', () => {
    const request = sampleRequest('logs', { records: 20 });
    const broken = request.subarray(0, request.length - 1);
    let expected: unknown;
    try {
      validatePayload('logs', broken);
    } catch (error) {
      expected = error;
    }
    expect(expected).toBeInstanceOf(MalformedPayload);
    expect(() => validatePieces('logs', cut(broken, [100, 1_000]))).toThrow(expected as Error);
  });

  it('takes requests that are larger than what it keeps memory for', () => {
    const request = sampleRequest('logs', { records: 2 });
    const many = Array.from({ length: 40_000 }, () => request);
    expect(validatePieces('logs', many)).toBe(80_000);
  });

  it('counts nothing in nothing', () => {
    expect(validatePieces('logs', [])).toBe(0);
  });
});
