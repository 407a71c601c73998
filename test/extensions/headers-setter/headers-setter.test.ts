import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type OutgoingRequest,
  RequestMetadata,
  TraitError,
  type TraitErrorFactory,
} from '../../../src/authoring.js';
import { HeadersSetter, HeadersSetterConfig } from '../../../src/extensions/headers-setter/index.js';
import { CapturedLogger, FakeClock, TestExtensionContext } from '../../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('headers', trait.name, reason, options),
};

let folder: string;
let path: string;
let clock: FakeClock;
let log: CapturedLogger;
let ctx: TestExtensionContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headers-setter-'));
  path = join(folder, 'key');
  clock = new FakeClock();
  log = new CapturedLogger();
  ctx = new TestExtensionContext('headers');
});

afterEach(async () => {
  ctx.stop();
  await rm(folder, { recursive: true });
});

const create = (...headers: object[]): HeadersSetter =>
  new HeadersSetter(HeadersSetterConfig.parse({ headers }), log, clock, errors);

async function started(...headers: object[]) {
  const setter = create(...headers);
  const running = setter.start(ctx);
  await Promise.race([ctx.whenReady, running]);
  return { setter, running };
}

const about = (metadata: Readonly<Record<string, string>> = {}): OutgoingRequest => ({
  protocol: 'http',
  signal: 'logs',
  authority: 'otlp.example:4318',
  metadata: new RequestMetadata(Object.entries(metadata)),
});

/** The changes for a request as texts: `upsert x-tenant=acme`. */
async function changes(setter: HeadersSetter, request = about()): Promise<string[]> {
  const all = await setter.changeHeaders(request);
  return all.map((change) =>
    change.action === 'delete'
      ? `delete ${change.name}`
      : `${change.action} ${change.name}=${change.value.reveal()}`,
  );
}

/** Waits, in real time, until the one file that is followed has been read and its follower sleeps again. */
async function followerSleeps(): Promise<void> {
  const limit = performance.now() + 10_000;
  while (clock.pending === 0) {
    if (performance.now() > limit) throw new Error('the file was never read');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Moves the clock until `done`; each step lets file reads, which take real time, come through. */
async function eventually(done: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (performance.now() < limit) {
    if (await done()) return;
    await clock.advance(1_000);
  }
  throw new Error('never happened');
}

describe('extension:headers_setter', () => {
  it('gives values of the configuration, with the action of each, in order', async () => {
    const { setter } = await started(
      { name: 'X-One', value: '1' },
      { name: 'x-two', value: '2', action: 'insert' },
      { name: 'x-three', value: '3', action: 'update' },
      { name: 'x-four', action: 'delete' },
    );
    expect(await changes(setter)).toEqual([
      'upsert x-one=1',
      'insert x-two=2',
      'update x-three=3',
      'delete x-four',
    ]);
  });

  it('makes no new list for each request when all requests get the same', async () => {
    const { setter } = await started({ name: 'x-one', value: '1' });
    expect(await setter.changeHeaders(about())).toBe(await setter.changeHeaders(about({ a: 'b' })));
  });

  it('gives values of the request that is forwarded, and leaves a header alone that it does not have', async () => {
    const { setter } = await started({ name: 'x-scope-orgid', from_metadata: 'X-Tenant' });
    expect(await changes(setter, about({ 'x-tenant': 'acme' }))).toEqual(['upsert x-scope-orgid=acme']);
    expect(await changes(setter, about({ 'x-tenant': 'globex' }))).toEqual(['upsert x-scope-orgid=globex']);
    expect(await changes(setter, about({ 'x-other': 'acme' }))).toEqual([]);
    expect(await changes(setter, { ...about(), metadata: undefined })).toEqual([]);
  });

  it('gives the default for data that came without the header', async () => {
    const { setter } = await started({ name: 'x-tenant', from_metadata: 'x-tenant', default: 'nobody' });
    expect(await changes(setter, about({ 'x-tenant': 'acme' }))).toEqual(['upsert x-tenant=acme']);
    expect(await changes(setter, { ...about(), metadata: undefined })).toEqual(['upsert x-tenant=nobody']);
  });

  it('reads a file before it is ready, and uses its new value poll_interval and 100 ms later', async () => {
    await writeFile(path, 'first key\n');
    const { setter } = await started({ name: 'x-key', value_file: path });
    expect(await changes(setter)).toEqual(['upsert x-key=first key']);
    await writeFile(join(folder, 'new'), 'second');
    await rename(join(folder, 'new'), path);
    await clock.advance(5_000);
    await followerSleeps();
    expect(await changes(setter)).toEqual(['upsert x-key=first key']);
    // The second read, which must agree with the first.
    await clock.advance(100);
    await followerSleeps();
    expect(await changes(setter)).toEqual(['upsert x-key=second']);
    expect(log.text).not.toContain('second');
  });

  it.each([
    ['vanishes', () => rm(path), 'ENOENT'],
    ['becomes empty', () => writeFile(path, ''), 'is empty'],
    ['has two lines', () => writeFile(path, 'swordfish\r\nx-injected: 1'), 'cannot be sent'],
    ['is not ASCII', () => writeFile(path, 'swordfish\u00e9'), 'cannot be sent'],
    ['is too long', () => writeFile(path, 'swordfish'.repeat(1_000)), 'is longer than 8192'],
  ])('keeps the last value when the file %s, warns once without showing it, and recovers', async (...row) => {
    const [, change, warning] = row;
    await writeFile(path, 'first');
    const { setter } = await started({ name: 'x-key', value_file: path });
    await change();
    await eventually(() => log.text.includes(warning));
    for (let n = 0; n < 10; n++) await clock.advance(5_000);
    expect(await changes(setter)).toEqual(['upsert x-key=first']);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await writeFile(path, 'second');
    await eventually(async () => (await changes(setter))[0] === 'upsert x-key=second');
    expect(log.text).toContain('headers[0].value_file can be read again');
    expect(log.text).not.toContain('swordfish');
  });

  it.each([
    ['is missing', undefined, /^headers\[0\]\.value_file: cannot read the file .*ENOENT/],
    [
      'is unfit',
      'sword\nfish',
      /^headers\[0\]\.value_file: the value in .* cannot be sent; use visible ASCII/,
    ],
  ])('fails to start when a file %s', async (_what, content, message) => {
    if (content !== undefined) await writeFile(path, content);
    const failure = expect(create({ name: 'x-key', value_file: path }).start(ctx)).rejects;
    await failure.toThrow(message);
    expect(ctx.isReady).toBe(false);
  });

  it('says that it has no value before it has read the file, and gives none', async () => {
    await writeFile(path, 'first');
    const setter = create({ name: 'x-a', value: '1' }, { name: 'x-key', value_file: path });
    await expect(setter.changeHeaders(about())).rejects.toThrow(
      new TraitError(
        'headers',
        'http_client_middleware',
        "the value of the header 'x-key' has not been read yet",
      ),
    );
  });

  it('stops when it is asked to, and leaves no timer', async () => {
    await writeFile(path, 'first');
    const { running } = await started({ name: 'x-a', value_file: path }, { name: 'x-b', value_file: path });
    await clock.advance(12_000);
    ctx.stop();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('shows no value when it or its changes are inspected', async () => {
    await writeFile(path, 'swordfish');
    const { setter } = await started(
      { name: 'x-a', value: 'swordfish' },
      { name: 'x-b', value_file: path },
      { name: 'x-c', from_metadata: 'x-c', default: 'swordfish' },
    );
    const all = await setter.changeHeaders(about({ 'x-c': 'swordfish' }));
    expect(all).toHaveLength(3);
    const shown = `${inspect(setter, { depth: 9 })} ${inspect(all, { depth: 9 })} ${JSON.stringify(all)}`;
    expect(shown).not.toContain('swordfish');
    expect(log.text).not.toContain('swordfish');
  });
});

describe('the configuration of headers_setter', () => {
  const problems = (...headers: object[]): string[] =>
    (HeadersSetterConfig.safeParse({ headers }).error?.issues ?? []).map(
      ({ message, path: at }) => `${at.slice(1).join('.')} ${message}`,
    );

  it.each([
    'Content-Length',
    'host',
    'connection',
    'te',
    'content-type',
    'content-encoding',
    'transfer-encoding',
    'accept',
    'accept-encoding',
    'user-agent',
  ])('does not take %s, which exporters set themselves', (name) => {
    expect(problems({ name, value: 'v' })).toEqual([
      '0.name is set by the exporter itself and cannot be configured',
    ]);
  });

  it.each([
    [':path', 'is not a header name; use letters, digits and "-"'],
    ['x y', 'is not a header name; use letters, digits and "-"'],
    ['x\r\ny', 'is not a header name; use letters, digits and "-"'],
    ['', 'is not a header name; use letters, digits and "-"'],
    ['a'.repeat(257), 'is longer than 256 characters'],
    ['grpc-timeout', 'is reserved by gRPC and cannot be configured'],
    ['trace-bin', 'would carry binary metadata, which is not supported'],
  ])('does not take %j for a name', (name, problem) => {
    expect(problems({ name, value: 'v' })).toEqual([`0.name ${problem}`]);
    expect(problems({ name: 'x', from_metadata: name })).toEqual([`0.from_metadata ${problem}`]);
  });

  it.each(['a\r\nb', 'caf\u00e9', ' lead', 'trail ', '\t'])('does not take %j for a value', (value) => {
    const problem = 'cannot be sent; use visible ASCII, with spaces inside only';
    expect(problems({ name: 'x', value })).toEqual([`0.value ${problem}`]);
    expect(problems({ name: 'x', from_metadata: 'y', default: value })).toEqual([`0.default ${problem}`]);
  });

  it('does not take a name twice, in whatever case', () => {
    expect(problems({ name: 'x', value: '1' }, { name: 'y', value: '1' }, { name: 'X', value: '2' })).toEqual(
      ['2.name stands twice; header names do not know upper and lower case'],
    );
  });

  it.each([
    [{ name: 'x' }, '0.value is missing: give value, value_file or from_metadata'],
    [{ name: 'x', value: 'v', value_file: 'f' }, '0.value_file stands beside value; give one of the two'],
    [
      { name: 'x', value: 'v', from_metadata: 'y' },
      '0.from_metadata stands beside value; give one of the two',
    ],
    [{ name: 'x', action: 'delete', value: 'v' }, '0.value has no use beside action: delete'],
    [{ name: 'x', value: 'v', default: 'd' }, '0.default has a use beside from_metadata only'],
  ])('refuses %j', (header, problem) => {
    expect(problems(header)).toEqual([problem]);
  });

  it('needs a header', () => {
    expect(problems()).toHaveLength(1);
  });
});
