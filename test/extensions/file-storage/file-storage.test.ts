import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyValueStore, TraitError } from '../../../src/authoring.js';
import { FileStorage } from '../../../src/extensions/file-storage/index.js';
import { bytes, listed, textOf } from '../../fixtures/key-value-room.js';
import { keepsKeyValueContract } from '../../fixtures/key-value-store-contract.js';
import { keepsKeyValueContractWhenReplaced } from '../../fixtures/key-value-store-replacement.js';
import { type RunningStorage, startStorage } from './running-storage.js';

let folder: string;
let path: string;
let running: RunningStorage[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-storage-'));
  path = join(folder, 'store.db');
  running = [];
});

afterEach(async () => {
  for (const { stop } of running) await stop();
  await rm(folder, { recursive: true });
});

async function started(config: Record<string, unknown> = {}): Promise<RunningStorage> {
  const storage = await startStorage({ path, ...config });
  running.push(storage);
  return storage;
}

/** All that the store takes on the disk, in bytes. */
async function sizeOnDisk(): Promise<number> {
  const sizes = await Promise.all(
    [path, `${path}-wal`].map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function eventually(done: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!(await done())) {
    if (performance.now() > limit) throw new Error('never happened');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function fill(store: KeyValueStore, count: number, size: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `key-${index}`);
  await Promise.all(keys.map((key) => store.set(key, Buffer.alloc(size, key))));
  return keys;
}

describe('file_storage', () => {
  describe('as a key value store', () => {
    let store: KeyValueStore;
    beforeEach(async () => {
      ({ store } = await started());
    });
    keepsKeyValueContract(() => store);
  });

  describe('as a key value store that is replaced', () => {
    keepsKeyValueContractWhenReplaced(FileStorage, () => [{ path }, { path, lock_timeout: '3s' }]);
  });

  it('finds everything again when it is started with the same file', async () => {
    const { store, stop } = await started();
    await store.set('a', bytes('1'));
    await stop();
    const again = await started();
    expect(textOf(await again.store.get('a'))).toBe('1');
  });

  it('writes what it was asked for before it stops', async () => {
    const { store, stop } = await started();
    const writes = Array.from({ length: 5_000 }, (_, index) => store.set(`${index}`, bytes('1')));
    await Promise.all([stop(), ...writes]);
    const again = await started();
    expect(await listed(again.store)).toHaveLength(5_000);
  });

  it('serves no more when it has stopped, in words that say so, and that it may serve later', async () => {
    const { store, stop } = await started();
    await stop();
    const failure = {
      name: 'TraitError',
      message: "extension 'store' (key_value_store): is not serving: it has not started, or has stopped",
      retryable: true,
    };
    await expect(store.get('a')).rejects.toMatchObject(failure);
    await expect(store.set('a', bytes('1'))).rejects.toMatchObject(failure);
    await expect(listed(store)).rejects.toMatchObject(failure);
  });

  it('shares the price of a transaction among the writes of a moment', async () => {
    const { store } = await started();
    const watch = new DatabaseSync(path);
    const commits = () => watch.prepare('PRAGMA data_version').get()?.['data_version'] as number;
    const before = commits();
    await Promise.all(Array.from({ length: 400 }, (_, index) => store.set(`${index}`, bytes('1'))));
    expect(commits() - before).toBe(1);
    watch.close();
  });

  it('can wait for the disk at each write', async () => {
    const { store } = await started({ fsync: true });
    await store.set('a', bytes('1'));
    expect(textOf(await store.get('a'))).toBe('1');
  });
});

describe('the file of file_storage', () => {
  it('is open to its owner alone, with all that lies beside it', async () => {
    const { store } = await started();
    await store.set('a', bytes('1'));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  it.each(['an empty one', 'a store'])('is closed to others when it was open to them: %s', async (what) => {
    if (what === 'a store') await (await started()).stop();
    else await writeFile(path, '');
    await chmod(path, 0o666);
    const { store } = await started();
    await store.set('a', bytes('1'));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  it('is not opened beside SQLite: closing it would take away the locks of the instance that uses it', async () => {
    const { store, stop } = await started();
    await store.set('a', bytes('1'));
    await started();
    // What another process does: the last one to close a file moves the log into it and deletes the log.
    execFileSync(process.execPath, [
      '--no-warnings',
      '--eval',
      `const database = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)});
      database.prepare('SELECT count(*) FROM entries').get();
      database.close();`,
    ]);
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0);
    await store.set('b', bytes('2'));
    await stop();
    expect(await listed((await started()).store)).toEqual(['a=1', 'b=2']);
  });

  it('shrinks when most of what it held is deleted, while it is in use', async () => {
    const { store } = await started();
    const keys = await fill(store, 2_000, 4_000);
    expect(await sizeOnDisk()).toBeGreaterThan(8_000_000);
    await store.batch(keys.slice(10).map((key) => ({ delete: key })));
    await eventually(async () => (await sizeOnDisk()) < 500_000);
    expect(await listed(store)).toHaveLength(10);
  });

  it('shrinks at the next start when there was no time before', async () => {
    const { store, stop } = await started();
    const keys = await fill(store, 2_000, 4_000);
    await Promise.all([store.batch(keys.map((key) => ({ delete: key }))), stop()]);
    expect(await sizeOnDisk()).toBeGreaterThan(7_000_000);
    await started();
    await eventually(async () => (await sizeOnDisk()) < 500_000);
  });

  it('serves an instance beside the one that it replaces', async () => {
    const [old, next] = [await started(), await started()];
    const writes = Array.from({ length: 500 }, (_, index) =>
      (index % 2 === 0 ? old : next).store.set(`${index}`.padStart(3, '0'), bytes('1')),
    );
    await Promise.all(writes);
    expect(await listed(old.store)).toHaveLength(500);
    await old.stop();
    expect(await listed(next.store)).toHaveLength(500);
  });

  it('is waited for while another process writes to it', async () => {
    const { store } = await started();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const write = store.set('a', bytes('1'));
    let done = false;
    void write.then(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done).toBe(false);
    expect(await store.get('a')).toBeUndefined();
    other.exec('COMMIT');
    other.close();
    await write;
    expect(textOf(await store.get('a'))).toBe('1');
  });

  it('is given up after lock_timeout, with an error that says to try again', async () => {
    const { store } = await started({ lock_timeout: '50ms' });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.set('a', bytes('1'))).rejects.toMatchObject({
      message: `extension 'store' (key_value_store): another process holds the file ${path} for too long`,
      retryable: true,
    });
    other.close();
    await store.set('a', bytes('2'));
    expect(textOf(await store.get('a'))).toBe('2');
  });

  it('is waited for by all writes together, not by one after the other, and so does not hold up a stop', async () => {
    const { store, stop } = await started({ lock_timeout: '300ms' });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const began = performance.now();
    // More than one transaction takes, and with pauses in which the first have been put together.
    const large = Array.from({ length: 300 }, (_, index) => ({ set: `${index}`, value: bytes('1') }));
    const writes = [store.set('a', bytes('1')), store.batch(large), store.set('b', bytes('1'))];
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let index = 0; index < 20; index += 1) writes.push(store.set(`${index}`, bytes('1')));
    writes.push(store.batch(large));
    const outcomes = await Promise.allSettled([...writes, stop()]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(writes.length);
    expect(performance.now() - began).toBeLessThan(600);
    other.close();
  });

  it('fails the calls that meet damage, with an error that says that trying again is in vain', async () => {
    const { store, stop } = await started();
    await fill(store, 500, 1_000);
    await stop();
    execFileSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=4096', 'seek=1', 'count=60', 'conv=notrunc'], {
      stdio: 'ignore',
    });
    const again = await started();
    const failure: TraitError = await listed(again.store).then(
      () => Promise.reject(new Error('nothing failed')),
      (error: TraitError) => error,
    );
    expect(failure.message).toBe(
      `extension 'store' (key_value_store): the file ${path} is damaged or holds something else; ` +
        'restore it from a backup, or move it away to begin anew',
    );
    expect(failure.retryable).toBe(false);
  });
});

describe('file_storage does not start', () => {
  it('without its directory, unless it is to make it', async () => {
    const inside = join(folder, 'none', 'deeper', 'store.db');
    await expect(started({ path: inside })).rejects.toThrow(
      `path: there is no directory ${join(folder, 'none', 'deeper')}; make it, or let create_directory: true make it`,
    );
    await started({ path: inside, create_directory: true });
    expect((await stat(join(folder, 'none', 'deeper'))).mode & 0o777).toBe(0o700);
  });

  it('with a file that is no database, which it leaves as it is', async () => {
    const text = 'what somebody wrote '.repeat(100);
    await writeFile(path, text);
    await chmod(path, 0o644);
    await expect(started()).rejects.toThrow(
      `path: the file ${path} is damaged or holds something else; restore it from a backup, or move it away to begin anew`,
    );
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('with a database of somebody else, which it leaves as it is', async () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE songs (title TEXT)');
    other.close();
    await chmod(path, 0o644);
    await expect(started()).rejects.toThrow(
      `path: the file ${path} is a database of something else; name another file, which need not exist`,
    );
    const look = new DatabaseSync(path);
    expect(look.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'songs' }]);
    look.close();
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  });

  it('with the file of a later version', async () => {
    await (await started()).stop();
    const other = new DatabaseSync(path);
    other.exec('PRAGMA user_version = 7');
    other.close();
    await expect(started()).rejects.toThrow(
      `path: the file ${path} was written by another version (layout 7, this one knows 1); ` +
        'name another file, or use that version',
    );
  });

  it.each([
    { what: 'a directory', make: () => {}, at: () => folder, why: 'it is not a regular file' },
    {
      what: 'a named pipe',
      make: () => void execFileSync('mkfifo', [path]),
      at: () => path,
      why: 'it is not a regular file',
    },
  ])('with $what', async ({ make, at, why }) => {
    make();
    await expect(started({ path: at() })).rejects.toThrow(
      `path: the file ${at()} cannot be used: ${why}; ` +
        'name a file that this process may make, read, write and restrict to itself',
    );
  });
});
