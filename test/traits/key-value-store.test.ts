import { describe, expect, it } from '@jest/globals';
import { KeyValueStore, LARGEST_VALUE, LONGEST_KEY } from '../../src/authoring.js';
import { HandleTarget } from '../../src/extension/handle-target.js';
import { bytes, roomIn } from '../fixtures/key-value-room.js';
import { keepsKeyValueContract } from '../fixtures/key-value-store-contract.js';
import { MemoryStore } from '../fixtures/memory-store.js';

describe('a key value store', () => {
  const store = new MemoryStore();
  keepsKeyValueContract(() => store);
});

describe("a component's room in a key value store", () => {
  it('is named after the component, readable for whoever looks into the store', async () => {
    const store = new MemoryStore();
    await roomIn(store, 'default/main/processor/dedup').set('a', bytes('1'));
    expect([...store.kept.keys()]).toEqual(['default/main/processor/dedup:a']);
  });

  it('keeps the one of an odd name apart by writing it in another way', async () => {
    const store = new MemoryStore();
    await roomIn(store, 'a:b%').set('c', bytes('1'));
    expect([...store.kept.keys()]).toEqual(['a%3Ab%25:c']);
  });

  it.each([
    {
      what: 'half of a surrogate pair',
      key: 'a\ud800',
      message: 'a key must not hold half of a surrogate pair',
    },
    {
      what: 'too long',
      key: `${'é'.repeat(LONGEST_KEY / 2)}a`,
      message: 'a key must not be longer than 4096 bytes of UTF-8',
    },
  ])('refuses a key that is $what, wherever it stands', async ({ key, message }) => {
    const room = roomIn(new MemoryStore());
    const refusal = new TypeError(message);
    await expect(room.get(key)).rejects.toEqual(refusal);
    await expect(room.getMany(['a', key])).rejects.toEqual(refusal);
    await expect(room.set(key, bytes(''))).rejects.toEqual(refusal);
    await expect(room.delete(key)).rejects.toEqual(refusal);
    await expect(room.batch([{ delete: key }])).rejects.toEqual(refusal);
    await expect(room.entries(key)[Symbol.asyncIterator]().next()).rejects.toEqual(refusal);
  });

  it('takes the longest key', async () => {
    const room = roomIn(new MemoryStore());
    await room.set('é'.repeat(LONGEST_KEY / 2), bytes('1'));
    expect(await room.get('é'.repeat(LONGEST_KEY / 2))).toEqual(Uint8Array.from(bytes('1')));
  });

  it('refuses a value that is too large', async () => {
    const room = roomIn(new MemoryStore());
    await expect(room.set('a', new Uint8Array(LARGEST_VALUE + 1))).rejects.toThrow(
      'a value must not be larger than 67108864 bytes',
    );
  });

  it('goes on behind the last entry that was read when the store is replaced in the middle', async () => {
    const [old, next] = [new MemoryStore(), new MemoryStore()];
    for (const key of ['a', 'b', 'c', 'd']) {
      await roomIn(old, 'me').set(key, bytes('old'));
      await roomIn(next, 'me').set(key, bytes('next'));
    }
    const target = new HandleTarget<KeyValueStore>(old);
    const room = KeyValueStore.handle(target, { namespace: 'me' });
    const seen: string[] = [];
    for await (const { key, value } of room.entries('')) {
      seen.push(`${key}=${Buffer.from(value)}`);
      if (seen.length === 2) target.move(next);
    }
    expect(seen).toEqual(['a=old', 'b=old', 'c=next', 'd=next']);
  });
});
