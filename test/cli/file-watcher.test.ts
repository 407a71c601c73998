import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileWatcher } from '../../src/cli/file-watcher.js';
import { type FileVersion, fileVersion } from '../../src/config/sources/file-version.js';
import { FakeClock } from '../../src/testing/index.js';

const POLL_MS = 500;

let folder: string;
let file: string;
let clock: FakeClock;
let watcher: FileWatcher;
/** What it was told, each time. */
let told: ReadonlyMap<string, FileVersion>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watched-'));
  file = join(folder, 'a.yaml');
  await writeFile(file, 'a');
  clock = new FakeClock();
  told = [];
  watcher = new FileWatcher((versions) => told.push(versions), clock);
});

afterEach(async () => {
  watcher[Symbol.dispose]();
  await rm(folder, { recursive: true });
});

async function versions(...paths: readonly string[]): Promise<ReadonlyMap<string, FileVersion>> {
  return new Map(await Promise.all(paths.map(async (path) => [path, await fileVersion(path)] as const)));
}

/** Waits in real time until a look has ended: it sleeps again, or it has told. */
async function looked(times: number): Promise<void> {
  const limit = performance.now() + 10_000;
  while (clock.pending === 0 && told.length === times) {
    if (performance.now() > limit) throw new Error('it never looked');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function watch(known: ReadonlyMap<string, FileVersion>): Promise<void> {
  const times = told.length;
  watcher.watch(known);
  await looked(times);
}

async function look(): Promise<void> {
  const times = told.length;
  await clock.advance(POLL_MS);
  await looked(times);
}

describe('FileWatcher', () => {
  it('tells of a file that changed, when two looks have found it the same', async () => {
    await watch(await versions(file));
    await appendFile(file, 'b');
    await look();
    expect(told).toEqual([]);
    await look();
    expect(told).toEqual([await versions(file)]);
  });

  it('says nothing while nothing changes', async () => {
    await watch(await versions(file, join(folder, 'missing')));
    for (let n = 0; n < 5; n++) await look();
    expect(told).toEqual([]);
  });

  it('waits for a file that is being written', async () => {
    await watch(await versions(file));
    for (let n = 0; n < 5; n++) {
      await appendFile(file, 'b');
      await look();
    }
    expect(told).toEqual([]);
    await look();
    expect(told).toHaveLength(1);
  });

  it('says nothing of a file that was there for a moment only', async () => {
    await rename(file, `${file}.kept`);
    const known = await versions(file);
    await watch(known);
    await writeFile(file, 'for a moment');
    await look();
    await unlink(file);
    await look();
    await look();
    expect(told).toEqual([]);
  });

  it('tells of what changed before it watched, after the file was read', async () => {
    const known = await versions(file);
    await appendFile(file, 'b');
    await watch(known);
    await look();
    expect(told).toHaveLength(1);
  });

  it('tells once, and watches nothing more until it is told what is known now', async () => {
    await watch(await versions(file));
    await appendFile(file, 'b');
    await look();
    await look();
    expect([told.length, clock.pending]).toEqual([1, 0]);
    await watch(await versions(file));
    await appendFile(file, 'c');
    await look();
    await look();
    expect(told).toHaveLength(2);
  });

  it('forgets the files before when it is given others, also in the middle of a look', async () => {
    const other = join(folder, 'other.yaml');
    const known = await versions(file);
    await appendFile(file, 'b');
    watcher.watch(known);
    await watch(await versions(other));
    for (let n = 0; n < 3; n++) await look();
    expect([told.length, clock.pending]).toEqual([0, 1]);
  });

  it('looks no more after it was stopped', async () => {
    const known = await versions(file);
    await appendFile(file, 'b');
    await watch(known);
    watcher.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(10 * POLL_MS);
    expect(told).toEqual([]);
  });

  it.each<{ readonly what: string; readonly change: (path: string) => Promise<unknown> }>([
    { what: 'is removed', change: (path) => unlink(path) },
    {
      what: 'is replaced by another of the same size',
      change: async (path) => {
        await writeFile(`${path}.new`, 'b');
        await rename(`${path}.new`, path);
      },
    },
    {
      what: 'loses its folder for a new one',
      change: async () => {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        await writeFile(file, 'a');
      },
    },
    {
      what: 'becomes readable by its mode alone',
      change: async (path) => execFileSync('chmod', ['640', path]),
    },
    {
      what: 'becomes a pipe',
      change: async (path) => {
        await unlink(path);
        execFileSync('mkfifo', [path]);
      },
    },
  ])('notices a file that $what', async ({ change }) => {
    await watch(await versions(file));
    await change(file);
    await look();
    await look();
    expect(told).toHaveLength(1);
  });

  it('notices a file that was missing, in a folder that was', async () => {
    const later = join(folder, 'later', 'token');
    await watch(await versions(later));
    await mkdir(join(folder, 'later'));
    await writeFile(later, 'x');
    await look();
    await look();
    expect(told).toHaveLength(1);
  });

  it('notices what happens behind symbolic links: to the file that one leads to, and to the link', async () => {
    for (const version of ['v1', 'v2']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'a.yaml'), 'a');
    }
    const current = join(folder, 'current');
    const behind = join(current, 'a.yaml');
    await symlink('v1', current);
    await watch(await versions(behind));
    await appendFile(join(folder, 'v1', 'a.yaml'), 'b');
    await look();
    await look();
    expect(told).toHaveLength(1);
    await watch(await versions(behind));
    await symlink('v2', `${current}.new`);
    await rename(`${current}.new`, current);
    await look();
    await look();
    expect(told).toHaveLength(2);
  });

  it('leaves a pipe alone, however much is written to it', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await watch(await versions(pipe));
    execFileSync('sh', ['-c', `cat "$0" > /dev/null & echo text > "$0"; wait`, pipe]);
    await look();
    await look();
    expect(told).toEqual([]);
  });
});
