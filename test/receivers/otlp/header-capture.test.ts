import { describe, expect, it } from '@jest/globals';
import { RequestMetadata } from '../../../src/authoring.js';
import { HeaderCapture } from '../../../src/receivers/otlp/header-capture.js';

const capture = () => new HeaderCapture(['x-tenant', 'x-zone']);

/** What is kept of a request with these headers. */
function keep(kept: HeaderCapture, raw: readonly string[], granted?: RequestMetadata) {
  const outcome = kept.keep(raw, granted);
  if (outcome.refusal !== undefined) throw new Error(outcome.refusal.message);
  return outcome.metadata;
}

const clear = (metadata: RequestMetadata | undefined): object =>
  Object.fromEntries([...(metadata?.names() ?? [])].map((name) => [name, metadata?.reveal(name)]));

describe('what is kept of headers', () => {
  it('is one object for equal headers, so that it is checked and hashed once', () => {
    const kept = capture();
    const first = keep(kept, ['Host', 'a', 'X-Tenant', 'acme']);
    expect(keep(kept, ['host', 'b', 'x-tenant', 'acme'])).toBe(first);
    expect(keep(kept, ['host', 'b', 'x-zone', 'acme'])).not.toBe(first);
  });

  it('does not take a name and a value for others', () => {
    const kept = capture();
    const one = keep(kept, ['x-tenant', 'a', 'x-zone', 'b']);
    const other = keep(kept, ['x-tenant', 'a, x-zone, b']);
    expect(clear(one)).toEqual({ 'x-tenant': 'a', 'x-zone': 'b' });
    expect(clear(other)).toEqual({ 'x-tenant': 'a, x-zone, b' });
  });

  it('refuses what has a line break, though what was remembered could look like it', () => {
    const kept = capture();
    keep(kept, ['x-tenant', 'a', 'x-zone', 'b']);
    expect(() => keep(kept, ['x-tenant', 'a\nx-zone\nb'])).toThrow('cannot be sent');
  });

  it('is right for more tenants than are remembered, and for long values, which are not', () => {
    const kept = capture();
    for (const round of [1, 2]) {
      for (let tenant = 0; tenant < 1_500; tenant++) {
        const value = tenant % 100 === 0 ? `${tenant}-${'long'.repeat(200)}` : `tenant-${tenant}`;
        expect([round, clear(keep(kept, ['x-tenant', value]))]).toEqual([round, { 'x-tenant': value }]);
      }
    }
  });

  it('goes behind what was granted', () => {
    const granted = new RequestMetadata([['x-tenant', 'acme']]);
    const kept = capture();
    expect(clear(keep(kept, ['x-tenant', 'globex', 'x-zone', 'eu'], granted))).toEqual({
      'x-tenant': 'acme',
      'x-zone': 'eu',
    });
    expect(keep(kept, ['x-tenant', 'globex'], granted)).toBe(granted);
    expect(clear(keep(kept, ['x-tenant', 'globex', 'x-zone', 'eu']))).toEqual({
      'x-tenant': 'globex',
      'x-zone': 'eu',
    });
  });
});
