import { describe, expect, it } from '@jest/globals';
import { parseUrn } from '../../src/config/urn.js';

describe('a URN', () => {
  it('has a namespace, a kind and an id', () => {
    expect(parseUrn('urn:acme:extension:vault_auth')).toEqual({
      namespace: 'acme',
      kind: 'extension',
      id: 'vault_auth',
      text: 'urn:acme:extension:vault_auth',
      short: 'urn:acme:extension:vault_auth',
    });
  });

  it('may leave out the namespace otel', () => {
    expect(parseUrn('receiver:otlp')).toEqual(parseUrn('urn:otel:receiver:otlp'));
    expect(parseUrn('receiver:otlp')?.text).toBe('urn:otel:receiver:otlp');
    expect(parseUrn('urn:otel:receiver:otlp')?.short).toBe('receiver:otlp');
  });

  it.each([
    '',
    'otlp',
    'receiver:',
    ':otlp',
    'urn:a:b:c',
    'urn:a:receiver',
    'Receiver:otlp',
    'receiver:OTLP',
    'receiver:o t',
    'receiver:otlp\n',
    'urn:a:receiver:b:c',
  ])('is not %p', (text) => expect(parseUrn(text)).toBeUndefined());
});
