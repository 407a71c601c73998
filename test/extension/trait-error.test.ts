import { describe, expect, it } from '@jest/globals';
import { KeyValueStore, TraitError } from '../../src/authoring.js';

describe('a TraitError', () => {
  it('names the extension, the trait and the reason', () => {
    const error = new TraitError('disk', KeyValueStore.name, 'no room is left');
    expect(error).toMatchObject({ name: 'TraitError', extension: 'disk', trait: 'key_value_store' });
    expect(error.message).toBe("extension 'disk' (key_value_store): no room is left");
    expect('cause' in error).toBe(false);
  });

  it('keeps the cause', () => {
    const cause = new Error('ENOSPC');
    expect(new TraitError('disk', 'key_value_store', 'no room is left', { cause }).cause).toBe(cause);
  });

  it('may be worth another try, unless it says that it is not', () => {
    expect(new TraitError('disk', 'key_value_store', 'is away').retryable).toBe(true);
    expect(new TraitError('disk', 'key_value_store', 'is damaged', { retryable: false }).retryable).toBe(
      false,
    );
  });
});
