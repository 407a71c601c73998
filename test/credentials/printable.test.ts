import { describe, expect, it } from '@jest/globals';
import { printable, Secret } from '../../src/authoring.js';

describe('printable', () => {
  it('hides the secrets that were sent, plain and percent-encoded', () => {
    const secret = new Secret('p@ss/word');
    expect(printable('no p@ss/word and no p%40ss%2Fword', [secret])).toBe('no [REDACTED] and no [REDACTED]');
  });

  it('hides whatever looks like a JWT', () => {
    expect(printable('bad assertion eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln!')).toBe(
      'bad assertion [REDACTED]!',
    );
  });

  it('shows one line of bounded length', () => {
    expect(printable('a\nb\u001b[31mc')).toBe('a b [31mc');
    expect(printable('x'.repeat(100_000)).length).toBeLessThan(600);
  });
});
