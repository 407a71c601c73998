import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MalformedPayload, Pdata, type Signal, signals } from '../../../src/authoring.js';
import { samplePdata } from '../../fixtures/otlp.js';
import { type FieldOnWire, message, Raw } from './bytes.js';

const isEmpty = (bytes: Uint8Array, signal: Signal = 'metrics'): boolean => new Pdata(signal, bytes).isEmpty;

/** A request with these fields in its only metric. */
const metric = (...fields: FieldOnWire[]): Uint8Array =>
  message([1, message([1, ''], [2, message([1, ''], [2, message(...fields)])])]);

describe('a request', () => {
  it.each(signals)('of %s is empty without a byte, and not with a record', (signal) => {
    expect(isEmpty(new Uint8Array(), signal)).toBe(true);
    expect(samplePdata(signal).isEmpty).toBe(false);
    expect(
      isEmpty(
        message([1, message([2, message([2, signal === 'metrics' ? message([5, message([1, ''])]) : ''])])]),
        signal,
      ),
    ).toBe(false);
  });

  it('is empty when there is nothing in it but known messages', () => {
    expect(isEmpty(message([1, ''], [1, '']))).toBe(true);
    expect(isEmpty(metric([5, ''], [12, message([2, ''])]))).toBe(true);
  });

  it.each<[string, Uint8Array]>([
    ['a value of a known field', metric([1, 'orders'])],
    ['a value of a known field, be it the default', metric([1, ''])],
    ['a field that nobody knows, in a metric', metric([13, ''])],
    ['a field that nobody knows, of the request', message([99, ''])],
    ['a number that nobody knows, behind empty messages', message([1, ''], [99, new Raw(0, [0])])],
    ['a known message with a wire type that it cannot have', metric([12, new Raw(0, [0])])],
  ])('is not empty with %s', (_, bytes) => {
    expect(isEmpty(bytes)).toBe(false);
  });

  it('is looked at only as deep as any request may be', () => {
    const array = (value: Uint8Array): Uint8Array => message([5, message([1, value])]);
    let value: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 5_000; depth++) value = array(value);
    expect(isEmpty(metric([12, message([2, value])]))).toBe(false);
  });

  it('of any bytes is empty, is not, or is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(...signals), (bytes, signal) => {
        try {
          if (isEmpty(bytes, signal)) expect(new Pdata(signal, bytes).itemCount).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPayload);
        }
      }),
    );
  });
});
