import type { KeyValueEntry, KeyValueOperation } from '../../authoring.js';
import type { BytesClient, TextClient } from './connection.js';

/** Keys that are read at a time. */
const PAGE_KEYS = 256;
/** Values of about this size are fetched at a time. */
const PAGE_BYTES = 1_024 * 1_024;
/** Values that are asked for in one command, so that none holds up the server. */
const MANY = 1_000;

/** A byte that no UTF-8 text holds: behind every key that begins with the prefix. */
const BEHIND = Buffer.of(0xff);
const INCLUSIVE = Buffer.from('[');
const EXCLUSIVE = Buffer.from('(');

/**
 * Where everything is kept: a hash with the values, and a sorted set with the keys in the order of their bytes, because
 * a hash has no order and SCAN neither. Both change in one transaction.
 */
export class KeySpace {
  readonly #values: string;
  readonly #keys: string;

  constructor(prefix: string) {
    this.#values = `${prefix}:values`;
    this.#keys = `${prefix}:keys`;
  }

  /** What stands in the way, if another application uses the same names; `undefined` when nothing does. */
  async foreignKey(client: TextClient): Promise<string | undefined> {
    const types = await Promise.all([client.type(this.#values), client.type(this.#keys)]);
    if (types[0] !== 'none' && types[0] !== 'hash') return this.#values;
    return types[1] !== 'none' && types[1] !== 'zset' ? this.#keys : undefined;
  }

  async getMany(reading: BytesClient, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const parts: Promise<readonly (Buffer | null)[]>[] = [];
    for (let start = 0; start < keys.length; start += MANY) {
      parts.push(reading.hmGet(this.#values, keys.slice(start, start + MANY)));
    }
    return (await Promise.all(parts)).flatMap((values) => values.map((value) => value ?? undefined));
  }

  async write(client: TextClient, operations: readonly KeyValueOperation[]): Promise<void> {
    const last = new Map<string, Uint8Array | undefined>();
    for (const operation of operations) {
      if ('set' in operation) last.set(operation.set, operation.value);
      else last.set(operation.delete, undefined);
    }
    const set = new Map<string, Buffer>();
    const deleted: string[] = [];
    for (const [key, value] of last) {
      if (value === undefined) deleted.push(key);
      else set.set(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    }
    const transaction = client.multi();
    if (set.size > 0) {
      transaction.hSet(this.#values, set);
      transaction.zAdd(
        this.#keys,
        [...set.keys()].map((value) => ({ score: 0, value })),
      );
    }
    if (deleted.length > 0) {
      transaction.hDel(this.#values, deleted);
      transaction.zRem(this.#keys, deleted);
    }
    await transaction.exec();
  }

  /** The next keys with a prefix, in their order; none when there are no more. */
  async keys(client: TextClient, prefix: string, after: string | undefined): Promise<string[]> {
    const first = Buffer.from(prefix);
    const behind = after === undefined ? undefined : Buffer.from(after);
    const from =
      behind === undefined || behind.compare(first) < 0
        ? Buffer.concat([INCLUSIVE, first])
        : Buffer.concat([EXCLUSIVE, behind]);
    const limit = { LIMIT: { offset: 0, count: PAGE_KEYS } };
    return client.zRangeByLex(this.#keys, from, Buffer.concat([EXCLUSIVE, first, BEHIND]), limit);
  }

  /** The entries of these keys, a few at a time when their values are large; what was deleted meanwhile is left out. */
  async *entries(
    keys: readonly string[],
    fetch: (keys: readonly string[]) => Promise<readonly (Buffer | undefined)[]>,
  ): AsyncGenerator<KeyValueEntry> {
    let count = 16;
    for (let start = 0; start < keys.length; ) {
      const part = keys.slice(start, start + count);
      const values = await fetch(part);
      let bytes = 0;
      for (const [index, key] of part.entries()) {
        const value = values[index];
        if (value === undefined) continue;
        bytes += value.byteLength;
        yield { key, value };
      }
      start += part.length;
      count = Math.max(1, Math.min(PAGE_KEYS, Math.floor((count * PAGE_BYTES) / Math.max(1, bytes))));
    }
  }
}
