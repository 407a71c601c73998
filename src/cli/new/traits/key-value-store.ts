import type { TraitSample } from './trait-sample.js';

/** Values in a database of one file, which keeps the promises of the trait: atomic, in order, and safe from crashes. */
export const keyValueStore: TraitSample = {
  name: 'key_value_store',
  id: 'KeyValueStore',
  does: 'keeps values in a file',
  fields: [
    {
      name: 'store_file',
      schema: 'z.string().min(1)',
      imports: [],
      description: 'The file that everything is kept in; it is made when it does not exist.',
    },
  ],
  config: { store_file: 'dist/kept.db' },
  services: ['errors'],
  imports: ['type KeyValueEntriesOptions', 'type KeyValueEntry', 'type KeyValueOperation'],
  modules: { 'node:sqlite': ['DatabaseSync'] },
  state: `  #database: DatabaseSync | undefined;
`,
  opening: `    this.#database = new DatabaseSync(this.settings.store_file, { timeout: 2_000 });
    this.#database.exec('PRAGMA journal_mode = WAL');
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID',
    );
`,
  start: `    ctx.ready();
    await ctx.stopping();
    this.#database?.close();
    this.#database = undefined;
`,
  members: `  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#use((database) => {
      const get = database.prepare('SELECT value FROM entries WHERE key = ?');
      return keys.map((key) => get.get(Buffer.from(key))?.['value'] as Uint8Array | undefined);
    });
  }

  set(key: string, value: Uint8Array): Promise<void> {
    return this.batch([{ set: key, value }]);
  }

  delete(key: string): Promise<void> {
    return this.batch([{ delete: key }]);
  }

  /** All or none. What returns is written; whoever waits for many writes at once may share one transaction. */
  async batch(operations: readonly KeyValueOperation[]): Promise<void> {
    this.#use((database) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const set = database.prepare('INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)');
        const remove = database.prepare('DELETE FROM entries WHERE key = ?');
        for (const operation of operations) {
          if ('set' in operation) set.run(Buffer.from(operation.set), operation.value);
          else remove.run(Buffer.from(operation.delete));
        }
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** In the order of the bytes of the keys, one after the other: what was read may be deleted on the way. */
  async *entries(prefix: string, options: KeyValueEntriesOptions = {}): AsyncGenerator<KeyValueEntry> {
    let { after } = options;
    for (;;) {
      const row = this.#use((database) =>
        database
          .prepare('SELECT key, value FROM entries WHERE key >= ? AND (?2 IS NULL OR key > ?2) ORDER BY key LIMIT 1')
          .get(Buffer.from(prefix), after === undefined ? null : Buffer.from(after)),
      ) as { readonly key: Uint8Array; readonly value: Uint8Array } | undefined;
      const key = row === undefined ? undefined : Buffer.from(row.key).toString();
      if (row === undefined || key === undefined || !key.startsWith(prefix)) return;
      yield { key, value: row.value };
      after = key;
    }
  }

  /** What goes wrong is told as a TraitError, which names the extension. */
  #use<T>(work: (database: DatabaseSync) => T): T {
    if (this.#database === undefined) throw this.errors.create(KeyValueStore, 'is not serving');
    try {
      return work(this.#database);
    } catch (cause) {
      throw this.errors.create(KeyValueStore, 'cannot use ' + this.settings.store_file, { cause });
    }
  }
`,
  boundBy: 'processor',
  test: {
    imports: [],
    cases: `  it('keeps what was set, also in the next run', async () => {
    const written = String(Math.random());
    await using first = await started();
    await first.trait(KeyValueStore).set('key', Buffer.from(written));
    assert.deepEqual(await first.stop(), []);
    await using second = await started();
    const found = await second.trait(KeyValueStore).get('key');
    assert.equal(Buffer.from(found ?? []).toString(), written);
  });

  it('lists a prefix in order, and carries out a batch as a whole', async () => {
    await using harness = await started();
    const store = harness.trait(KeyValueStore);
    const value = Buffer.from('v');
    await store.batch([{ set: 'p/b', value }, { set: 'p/a', value }, { set: 'q', value }, { delete: 'key' }]);
    const listed: string[] = [];
    for await (const { key } of store.entries('p/')) {
      listed.push(key);
      await store.delete(key);
    }
    assert.deepEqual(listed, ['p/a', 'p/b']);
    assert.deepEqual(await store.getMany(['p/a', 'key']), [undefined, undefined]);
  });
`,
  },
};
