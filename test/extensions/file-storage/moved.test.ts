import { copyFile, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../src/testing/index.js';
import { bytes, listed } from '../../fixtures/key-value-room.js';
import { type RunningStorage, startStorage } from './running-storage.js';

let folder: string;
let path: string;
let elsewhere: string;
let running: RunningStorage[];
let clock: FakeClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-storage-'));
  [path, elsewhere] = [join(folder, 'store.db'), join(folder, 'elsewhere.db')];
  running = [];
  clock = new FakeClock();
});

afterEach(async () => {
  for (const { stop } of running) await stop();
  await rm(folder, { recursive: true });
});

async function started(config: Record<string, unknown> = {}): Promise<RunningStorage> {
  const storage = await startStorage({ path, ...config }, clock);
  running.push(storage);
  return storage;
}

/** Puts a database of somebody else in the place of the file. */
async function replace(): Promise<void> {
  await rename(path, elsewhere);
  const other = new DatabaseSync(join(folder, 'other.db'));
  other.exec("CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('Tiger Rag')");
  other.close();
  await copyFile(join(folder, 'other.db'), path);
}

function songs(): unknown[] {
  const database = new DatabaseSync(path);
  const found = database.prepare('SELECT title FROM songs').all();
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  return found.map((row) => row['title']);
}

const reason = () =>
  `the file ${path} was moved, replaced or deleted while it was in use; put it back and restart`;

describe('file_storage, when its file disappears while it is in use,', () => {
  it.each([
    { what: 'moved', make: () => rename(path, elsewhere) },
    { what: 'deleted', make: () => rm(path) },
    { what: 'replaced', make: () => replace() },
  ])('refuses every call when it was $what, as not worth trying again', async ({ make }) => {
    const { store } = await started();
    await store.set('a', bytes('1'));
    await make();
    const failure = {
      name: 'TraitError',
      message: `extension 'store' (key_value_store): ${reason()}`,
      retryable: false,
    };
    await expect(store.set('b', bytes('2'))).rejects.toMatchObject(failure);
    await expect(store.get('a')).rejects.toMatchObject(failure);
    await expect(listed(store)).rejects.toMatchObject(failure);
  });

  it('says so once in the log within a second, also when nobody uses it', async () => {
    const { stop, log } = await started();
    await rm(path);
    await clock.advance(1_000);
    const lines = [{ level: 'error', message: `${reason()}; until then nothing is kept`, fields: {} }];
    expect(log.lines).toMatchObject(lines);
    await clock.advance(60_000);
    await stop();
    expect(log.lines).toHaveLength(1);
  });

  it('leaves whatever took its place as it is, and keeps what was acknowledged in the file that went', async () => {
    const { store, stop, log } = await started();
    await store.set('a', bytes('1'));
    await replace();
    await stop();
    expect(log.lines).toHaveLength(1);
    expect(songs()).toEqual(['Tiger Rag']);
    const again = await started({ path: elsewhere });
    expect(await listed(again.store)).toEqual(['a=1']);
  });

  it('leaves it as it is also when it is killed after it has noticed', async () => {
    const { store } = await started();
    await store.set('a', bytes('1'));
    await replace();
    await clock.advance(1_000);
    expect((await stat(`${path}-wal`)).size).toBe(0);
    expect(songs()).toEqual(['Tiger Rag']);
  });

  it('serves again after a restart when it was put back', async () => {
    const { store, stop } = await started();
    await store.set('a', bytes('1'));
    await rename(path, elsewhere);
    await clock.advance(1_000);
    await stop();
    await rename(elsewhere, path);
    const again = await started();
    expect(await listed(again.store)).toEqual(['a=1']);
  });

  it('does not mind that its content changes, or files beside it', async () => {
    const { store, log } = await started();
    await writeFile(elsewhere, 'something');
    await store.set('a', Buffer.alloc(1_000_000));
    await clock.advance(5_000);
    expect(await store.get('a')).toHaveLength(1_000_000);
    expect(log.lines).toEqual([]);
  });
});
