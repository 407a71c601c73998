import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret, TraitError, type TraitErrorFactory } from '../../../src/authoring.js';
import { BearerTokenAuthConfig } from '../../../src/extensions/bearer-token-auth/config.js';
import { BearerTokenAuth } from '../../../src/extensions/bearer-token-auth/index.js';
import { CapturedLogger, FakeClock, TestExtensionContext } from '../../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('auth', trait.name, reason, options),
};

let folder: string;
let path: string;
let clock: FakeClock;
let log: CapturedLogger;
let ctx: TestExtensionContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bearer-token-'));
  path = join(folder, 'token');
  clock = new FakeClock();
  log = new CapturedLogger();
  ctx = new TestExtensionContext('edge-token');
});

afterEach(async () => {
  ctx.stop();
  await rm(folder, { recursive: true });
});

function create(config: Record<string, unknown>): BearerTokenAuth {
  return new BearerTokenAuth(BearerTokenAuthConfig.parse(config), log, clock, errors);
}

async function started(config: Record<string, unknown>) {
  const auth = create(config);
  const running = auth.start(ctx);
  await Promise.race([ctx.whenReady, running]);
  return { auth, running };
}

async function tokenOf(auth: BearerTokenAuth): Promise<string> {
  return (await auth.getToken()).secret.reveal();
}

/** Moves the clock until `done`; each step lets file reads, which take real time, come through. */
async function eventually(done: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (performance.now() < limit) {
    if (await done()) return;
    await clock.advance(1_000);
  }
  throw new Error('never happened');
}

function becomes(auth: BearerTokenAuth, token: string): Promise<void> {
  return eventually(async () => (await tokenOf(auth)) === token);
}

function logs(text: string): Promise<void> {
  return eventually(async () => log.text.includes(text));
}

describe('bearer_token_auth with a token', () => {
  it('gives it to senders, without expiry', async () => {
    const { auth } = await started({ token: 'abc' });
    const token = await auth.getToken();
    expect(token.toAuthorizationHeader()).toBe('Bearer abc');
    expect(token.expiresAt).toBeUndefined();
  });

  it('admits who shows it, under the name of the instance', async () => {
    const { auth } = await started({ token: 'abc' });
    expect(await auth.authorize(new Secret('abc'))).toEqual({
      allowed: true,
      identity: { subject: 'edge-token' },
    });
  });

  it.each(['ab', 'abcd', 'abd', 'ABC', ''])('does not admit who shows %j', async (token) => {
    const { auth } = await started({ token: 'abc' });
    expect(await auth.authorize(new Secret(token))).toEqual({ allowed: false, reason: 'InvalidCredential' });
  });

  it('tells a missing token from a wrong one', async () => {
    const { auth } = await started({ token: 'abc' });
    expect(await auth.authorize(undefined)).toEqual({ allowed: false, reason: 'MissingCredential' });
  });

  it('is undecided before it starts and after it stopped', async () => {
    const auth = create({ token: 'abc' });
    await expect(auth.authorize(new Secret('abc'))).rejects.toBeInstanceOf(TraitError);
    const running = auth.start(ctx);
    ctx.stop();
    await running;
    await expect(auth.authorize(new Secret('abc'))).rejects.toThrow(
      "extension 'auth' (bearer_token_authorizer): has no token: it has not started, or has stopped",
    );
    await expect(auth.getToken()).rejects.toBeInstanceOf(TraitError);
  });
});

describe('bearer_token_auth with a token file', () => {
  it('reads it before it is ready', async () => {
    await writeFile(path, 'first\n');
    const { auth } = await started({ token_file: path });
    expect(ctx.isReady).toBe(true);
    expect(await tokenOf(auth)).toBe('first');
  });

  it.each([
    { content: undefined, message: 'cannot read the file' },
    { content: ' \n', message: 'is empty' },
    { content: 'two words', message: 'cannot carry' },
  ])('fails to start when the file $message', async ({ content, message }) => {
    if (content !== undefined) await writeFile(path, content);
    const failure = create({ token_file: path }).start(ctx);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow('words');
    expect(ctx.isReady).toBe(false);
  });

  it('fails to start on a named pipe, and says that it is one', async () => {
    execFileSync('mkfifo', [path]);
    await expect(create({ token_file: path }).start(ctx)).rejects.toThrow(
      `token_file: cannot read ${path}: it is a named pipe, not a regular file; name a file that holds the credential`,
    );
  });

  it('keeps the last token when a named pipe takes the place of the file, and follows the next file', async () => {
    await writeFile(path, 'first');
    const { auth, running } = await started({ token_file: path });
    await rm(path);
    execFileSync('mkfifo', [path]);
    await logs('it is a named pipe');
    expect(await tokenOf(auth)).toBe('first');
    await rm(path);
    await writeFile(path, 'second');
    await becomes(auth, 'second');
    ctx.stop();
    await running;
  });

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

    it('fails to start after 3 s, and says why', async () => {
      const failure = expect(create({ token_file: path }).start(ctx)).rejects.toThrow(
        `token_file: cannot read the file ${path}: no answer within 3 s; check the file system that it is on`,
      );
      await clock.advance(3_000);
      await failure;
    });

    it('stops when it is asked to', async () => {
      const running = create({ token_file: path }).start(ctx);
      await clock.advance(1_000);
      ctx.stop();
      await running;
      expect(clock.pending).toBe(0);
    });
  });

  it('follows a file that is rewritten in place', async () => {
    await writeFile(path, 'first');
    const { auth } = await started({ token_file: path });
    await writeFile(path, 'again');
    await becomes(auth, 'again');
  });

  it('follows a file that is replaced', async () => {
    await writeFile(path, 'first');
    const { auth } = await started({ token_file: path });
    await writeFile(join(folder, 'new'), 'second');
    await rename(join(folder, 'new'), path);
    await becomes(auth, 'second');
  });

  it('follows a link to a folder that is switched, as Kubernetes does', async () => {
    for (const version of ['one', 'two']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'token'), `token-${version}`);
    }
    await symlink('one', join(folder, '..data'));
    await symlink('..data/token', path);
    const { auth } = await started({ token_file: path });
    expect(await tokenOf(auth)).toBe('token-one');
    await symlink('two', join(folder, '..tmp'));
    await rename(join(folder, '..tmp'), join(folder, '..data'));
    await becomes(auth, 'token-two');
  });

  it('tells those who follow the stream', async () => {
    await writeFile(path, 'first');
    const { auth } = await started({ token_file: path });
    const stream = auth.tokenStream()[Symbol.asyncIterator]();
    expect((await stream.next()).value?.secret.reveal()).toBe('first');
    const next = stream.next();
    await writeFile(path, 'second');
    await becomes(auth, 'second');
    expect((await next).value?.secret.reveal()).toBe('second');
  });

  it.each([
    { change: 'vanishes', apply: () => rm(path), warning: 'ENOENT' },
    { change: 'becomes empty', apply: () => writeFile(path, ''), warning: 'is empty' },
    { change: 'becomes unfit', apply: () => writeFile(path, 'not a token'), warning: 'cannot carry' },
  ])('keeps the last token when the file $change, warns once, and recovers', async ({ apply, warning }) => {
    await writeFile(path, 'first');
    const { auth } = await started({ token_file: path });
    await apply();
    await logs(warning);
    for (let n = 0; n < 20; n++) await clock.advance(5_000);
    expect(await tokenOf(auth)).toBe('first');
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await writeFile(path, 'second');
    await becomes(auth, 'second');
    expect(log.text).toContain('token_file can be read again');
  });

  it('stops admitting the replaced token at once, unless a grace time is set', async () => {
    await writeFile(path, 'first');
    const { auth } = await started({ token_file: path });
    await writeFile(path, 'second');
    await becomes(auth, 'second');
    expect(await auth.authorize(new Secret('first'))).toMatchObject({ allowed: false });
    expect(await auth.authorize(new Secret('second'))).toMatchObject({ allowed: true });
  });

  it('admits the replaced token for the grace time and no longer', async () => {
    await writeFile(path, 'first');
    const { auth } = await started({ token_file: path, previous_token_grace: '2m' });
    await writeFile(path, 'second');
    await becomes(auth, 'second');
    expect(await auth.authorize(new Secret('first'))).toMatchObject({ allowed: true });
    await clock.advance(120_000);
    expect(await auth.authorize(new Secret('first'))).toMatchObject({ allowed: false });
  });

  it('stops when it is asked to, and leaves no timer', async () => {
    await writeFile(path, 'first');
    const { running } = await started({ token_file: path });
    await clock.advance(12_000);
    ctx.stop();
    await running;
    expect(clock.pending).toBe(0);
  });
});

describe('the configuration of bearer_token_auth', () => {
  it.each([
    { config: {}, at: 'token', message: 'is missing: give token or token_file' },
    {
      config: { token: 'a', token_file: 'b' },
      at: 'token_file',
      message: 'stands beside token; give one of the two',
    },
    { config: { token: '' }, at: 'token', message: 'must not be empty' },
    { config: { token: 'top secret' }, at: 'token', message: expect.stringContaining('cannot carry') },
    {
      config: { token_file: 'a', poll_interval: '0s' },
      at: 'poll_interval',
      message: 'must be longer than zero',
    },
  ])('refuses $config at $at', ({ config, at, message }) => {
    const { error } = BearerTokenAuthConfig.safeParse(config);
    expect(error?.issues.map((issue) => ({ at: issue.path.join('.'), message: issue.message }))).toEqual([
      { at, message },
    ]);
    expect(inspect(error)).not.toContain('top secret');
  });
});

describe('the secrets of bearer_token_auth', () => {
  it('stand nowhere in logs, errors or the instance', async () => {
    await writeFile(path, 'hush-1');
    const { auth, running } = await started({ token_file: path });
    await writeFile(path, 'hush-2 broken');
    await logs('cannot carry');
    await writeFile(path, 'hush-3');
    await becomes(auth, 'hush-3');
    const decision = await auth.authorize(new Secret('hush-4'));
    ctx.stop();
    await running;
    const error = await auth.getToken().catch((caught: unknown) => caught);
    const shown = [
      log.text,
      ...[auth, decision, error].map((it) => inspect(it, { depth: 10, showHidden: true })),
    ];
    expect(shown.join('\n')).not.toContain('hush');
  });
});
