import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FollowedSecret } from '../../src/authoring.js';
import { CapturedLogger, FakeClock } from '../../src/testing/index.js';

let folder: string;
let path: string;
let clock: FakeClock;
let log: CapturedLogger;
let stop: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'followed-'));
  path = join(folder, 'key');
  clock = new FakeClock();
  log = new CapturedLogger();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true });
});

const followed = (): FollowedSecret =>
  new FollowedSecret({
    path,
    field: 'key_file',
    pollIntervalMs: 5_000,
    clock,
    log,
    problemOf: (value) => (value.reveal().includes(' ') ? 'has a space in it' : undefined),
  });

/** Lets `ms` of the clock pass, then waits in real time until the follower has read the file and sleeps again. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  const limit = performance.now() + 10_000;
  while (clock.pending === 0) {
    if (performance.now() > limit) throw new Error('the file was never read');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a secret in a file', () => {
  it('is read once at the start, without the white space around it', async () => {
    await writeFile(path, ' first \n');
    const secret = followed();
    expect(secret.current).toBeUndefined();
    await secret.open(stop.signal);
    expect(secret.current?.reveal()).toBe('first');
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['is not there', undefined, 'key_file: cannot read the file KEY (ENOENT); check that it exists'],
    ['is empty', '\n', 'key_file: the file KEY is empty; write the credential into it'],
    ['is not fit', 'sword fish', 'key_file: the value in KEY has a space in it'],
  ])('that %s fails the start, which says why and not what', async (_what, content, message) => {
    if (content !== undefined) await writeFile(path, content);
    const failure = expect(followed().open(stop.signal)).rejects;
    await failure.toThrow(message.replace('KEY', path));
  });

  it('is another one when the file is rewritten and two reads agree, not before', async () => {
    await writeFile(path, 'first');
    const secret = followed();
    await secret.open(stop.signal);
    const following = secret.follow(stop.signal);
    await writeFile(path, 'half');
    await pass(5_000);
    expect(secret.current?.reveal()).toBe('first');
    await writeFile(path, 'whole');
    await pass(100);
    expect(secret.current?.reveal()).toBe('first');
    await pass(100);
    expect(secret.current?.reveal()).toBe('whole');
    expect(log.lines.map(({ message }) => message)).toEqual([
      'key_file holds another value, which is in use now',
    ]);
    expect(log.text).not.toContain('whole');
    stop.abort();
    await following;
    expect(clock.pending).toBe(0);
  });

  it('is followed through a link to a folder that is switched, as Kubernetes does', async () => {
    for (const version of ['one', 'two']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'key'), `key-${version}`);
    }
    await symlink('one', join(folder, '..data'));
    await symlink('..data/key', path);
    const secret = followed();
    await secret.open(stop.signal);
    expect(secret.current?.reveal()).toBe('key-one');
    const following = secret.follow(stop.signal);
    await symlink('two', join(folder, '..tmp'));
    await rename(join(folder, '..tmp'), join(folder, '..data'));
    await pass(5_000);
    await pass(100);
    expect(secret.current?.reveal()).toBe('key-two');
    stop.abort();
    await following;
  });

  it.each([
    ['vanishes', () => rm(path), 'ENOENT'],
    ['becomes unfit', () => writeFile(path, 'sword fish'), 'has a space in it'],
    ['is a folder all at once', async () => rm(path).then(() => mkdir(path)), 'not a regular file'],
  ])(
    'that %s stays what it was, with one warning until the reason changes',
    async (_what, change, reason) => {
      await writeFile(path, 'first');
      const secret = followed();
      await secret.open(stop.signal);
      const following = secret.follow(stop.signal);
      await change();
      for (let n = 0; n < 3; n++) await pass(5_000);
      expect(secret.current?.reveal()).toBe('first');
      const [warning, ...others] = log.lines.filter(({ level }) => level === 'warn');
      expect(warning?.message).toMatch(/; the last value stays in use$/);
      expect(warning?.message).toContain(reason);
      expect(others).toEqual([]);
      await rm(path, { recursive: true, force: true });
      await writeFile(path, 'first');
      await pass(5_000);
      expect(log.lines.at(-1)).toMatchObject({ level: 'info', message: 'key_file can be read again' });
      expect(log.text).not.toContain('sword');
      stop.abort();
      await following;
    },
  );

  describe('on a file system that does not answer', () => {
    let unblock: () => Promise<void>;
    beforeEach(async () => {
      await writeFile(path, 'first');
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      // Each waits in a thread of the pool for a writer, so that no other file can be read.
      const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
      const blocked = Array.from({ length: threads }, () => open(pipe));
      unblock = async () => {
        const writer = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
        for (const file of await Promise.all(blocked)) await file.close();
        closeSync(writer);
      };
    });
    afterEach(() => unblock());

    it('fails the start after 3 s', async () => {
      const failure = expect(followed().open(stop.signal)).rejects.toThrow(
        `key_file: cannot read the file ${path}: no answer within 3 s; check the file system that it is on`,
      );
      await clock.advance(3_000);
      await failure;
    });

    it('does not hold up the stop', async () => {
      const failure = expect(followed().open(stop.signal)).rejects.toThrow('asked to stop');
      stop.abort(new Error('asked to stop'));
      await failure;
      expect(clock.pending).toBe(0);
    });
  });
});
