import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const writer = fileURLToPath(new URL('./full-writer.mjs', import.meta.url));

/** A disk of 6 MiB, for one process and what it starts: as root, or without any rights where Linux allows that. */
const ownMounts = [['--mount'], ['--user', '--map-root-user', '--mount']].find((options) => {
  try {
    execFileSync('unshare', [...options, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

const describeWithDisk = ownMounts === undefined ? describe.skip : describe;

interface Failure {
  readonly message: string;
  readonly retryable: boolean;
}

/** What the writer tells. */
interface Story {
  readonly filled: { readonly count: number; readonly result: Failure };
  readonly again: Failure;
  readonly mixed: readonly (Failure | 'done')[];
  readonly toldFull: readonly unknown[];
  readonly failedDeletes: number;
  readonly afterDeletes: Failure | 'done';
  readonly toldRoom: readonly unknown[];
  readonly besideOther: Failure | 'done';
  readonly withoutOther: Failure | 'done';
  readonly small: boolean;
}

describeWithDisk('file_storage, when the disk is full (needs util-linux, and the right to mount),', () => {
  let directory: string;
  let story: Story;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'file-storage-full-'));
    const script = 'mount -t tmpfs -o size=6m tmpfs "$1" && exec "$2" "$3" "$1"';
    const run = [...(ownMounts ?? []), 'sh', '-ec', script, 'sh', directory, process.execPath, writer];
    const { stdout } = await promisify(execFile)('unshare', run);
    story = JSON.parse(stdout) as Story;
  }, 60_000);

  afterAll(() => rm(directory, { recursive: true }));

  const refusal = (): Failure => ({
    message: `extension 'store' (key_value_store): no room is left on the disk of ${join(directory, 'store.db')}`,
    retryable: true,
  });

  it('refuses what is set, as worth trying again', () => {
    expect(story.filled.count).toBeGreaterThan(500);
    expect(story.filled.result).toEqual(refusal());
    expect(story.again).toEqual(refusal());
  });

  it('lets no delete suffer for what is set at the same time', () => {
    expect(story.mixed).toEqual(['done', refusal()]);
  });

  it('carries out every delete, so that a consumer can make room, and keeps something new again', () => {
    expect(story.failedDeletes).toBe(0);
    expect(story.afterDeletes).toBe('done');
  });

  it('gives the room back', () => {
    expect(story.small).toBe(true);
  });

  it('says once that it is full, and once that there is room again', () => {
    const warned = [
      'warn',
      'no room is left on the disk of FILE; nothing new is kept until there is, and what is deleted makes some',
    ];
    expect(story.toldFull).toEqual([warned]);
    expect(story.toldRoom).toEqual([warned, ['info', 'the disk of FILE has room again']]);
  });

  it('serves again when another process has filled the disk and gives it back', () => {
    expect([story.besideOther, story.withoutOther]).toEqual([refusal(), 'done']);
  });
});
