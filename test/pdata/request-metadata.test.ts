import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Pdata, RequestMetadata } from '../../src/authoring.js';

const metadata = (headers: Readonly<Record<string, string>>): RequestMetadata =>
  new RequestMetadata(Object.entries(headers));

describe('RequestMetadata', () => {
  it('gives values by their lower-case names', () => {
    const held = metadata({ 'x-tenant': 'acme', 'x-zone': 'eu' });
    expect(held.size).toBe(2);
    expect([...held.names()]).toEqual(['x-tenant', 'x-zone']);
    expect(held.reveal('x-tenant')).toBe('acme');
    expect(held.reveal('x-other')).toBeUndefined();
    expect([held.has('x-zone'), held.has('x-other')]).toEqual([true, false]);
  });

  it.each([
    ['the text of it', (pdata: Pdata) => `${inspect(pdata, { depth: 9 })} ${inspect(pdata.metadata)}`],
    ['JSON', (pdata: Pdata) => JSON.stringify(pdata)],
    ['a string', (pdata: Pdata) => `${pdata.metadata} ${JSON.stringify(pdata.metadata)}`],
  ])('shows names and no values as %s', (_form, shown) => {
    const pdata = new Pdata('logs', new Uint8Array(), 0, metadata({ authorization: 'Bearer swordfish' }));
    expect(shown(pdata)).toContain('authorization');
    expect(shown(pdata)).toContain('[REDACTED]');
    expect(shown(pdata)).not.toContain('swordfish');
  });

  it('is equal to metadata with the same headers, in whatever order', () => {
    const one = metadata({ a: '1', b: '2' });
    expect(RequestMetadata.equal(one, metadata({ b: '2', a: '1' }))).toBe(true);
    expect(one.fingerprint).toBe(metadata({ b: '2', a: '1' }).fingerprint);
  });

  it.each([
    [{ a: '1' }, { a: '2' }],
    [{ a: '1' }, { b: '1' }],
    [{ a: '1' }, {}],
    [{ a: 'b' }, { b: 'a' }],
    [{ a: '1', b: '2' }, { a: '1b2' }],
    [
      { a: '1', b: '2' },
      { a: '2', b: '1' },
    ],
  ])('tells %j from %j', (one, other) => {
    expect(RequestMetadata.equal(metadata(one), metadata(other))).toBe(false);
  });

  it('takes nothing at all and no headers for the same', () => {
    expect(RequestMetadata.equal(undefined, undefined)).toBe(true);
    expect(RequestMetadata.equal(metadata({}), undefined)).toBe(true);
    expect(RequestMetadata.equal(undefined, metadata({ a: '1' }))).toBe(false);
  });

  it('makes another one of itself and other headers, which go first', () => {
    const one = metadata({ a: '1', b: '2' });
    const more = one.with([['b', '3']]);
    expect(more.reveal('b')).toBe('3');
    expect(more.reveal('a')).toBe('1');
    expect(one.reveal('b')).toBe('2');
  });

  it.each(['one\r\ntwo: 2', 'one\ntwo', 'caf\u00e9', 'x\u0000y', ' lead', '', 'a'.repeat(8_193)])(
    'does not take the value %j, which no header can carry, and does not show it',
    (value) => {
      const make = (): unknown => metadata({ 'x-tenant': value });
      expect(make).toThrow(RangeError);
      expect(make).toThrow(/^request metadata: the value of 'x-tenant' (?:cannot be sent|is longer)/);
    },
  );

  it.each(['X-Tenant', 'x tenant', '', 'x\r\ny', ':path', 'a'.repeat(257)])(
    'does not take %j for a name',
    (name) => {
      expect(() => metadata({ [name]: 'acme' })).toThrow(
        new RangeError('request metadata has a name that is no lower-case header name'),
      );
    },
  );

  it('holds at most 32,768 characters of names and values', () => {
    const large = (last: number) =>
      metadata({
        ...Object.fromEntries(['a', 'b', 'c'].map((name) => [name, 'v'.repeat(8_191)])),
        d: 'v'.repeat(last),
      });
    expect(large(8_191).size).toBe(4);
    expect(() => large(8_192)).toThrow(
      new RangeError('request metadata holds at most 32768 characters of names and values, not 32769'),
    );
    expect(() => large(8_191).with([['e', 'v']])).toThrow(RangeError);
  });

  it('holds at most 32 headers', () => {
    const many = (count: number) =>
      metadata(Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'v'])));
    expect(many(32).size).toBe(32);
    expect(() => many(33)).toThrow(new RangeError('request metadata holds at most 32 headers, not 33'));
  });
});
