import { describe, expect, it } from '@jest/globals';
import { didYouMean, suggest } from '../../src/config/suggest.js';

describe('the name that was meant', () => {
  it.each([
    ['vualt_a', 'vault_a'],
    ['VAULT_B', 'vault_b'],
    ['vaulta', 'vault_a'],
  ])('by %s is %s', (name, meant) => expect(suggest(name, ['vault_a', 'vault_b', 'other'])).toBe(meant));

  it('is the nearest one', () => {
    expect(suggest('batch', ['botch', 'batches', 'batch1'])).toBe('botch');
  });

  it('is none when nothing is near', () => {
    expect(suggest('x', ['in', 'out'])).toBeUndefined();
    expect(suggest('receiver', ['exporter'])).toBeUndefined();
    expect(suggest('a', [])).toBeUndefined();
    expect(suggest('a', ['b', 'ab'])).toBe('ab');
    expect(suggest('a', ['b'])).toBeUndefined();
    expect(didYouMean('x', ['in'])).toBeUndefined();
  });

  it('is asked for', () => {
    expect(didYouMean('vualt_a', ['vault_a'])).toBe("did you mean 'vault_a'?");
  });
});
