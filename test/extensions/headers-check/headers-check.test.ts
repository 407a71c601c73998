import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HeaderDecision, Secret, TraitError, type TraitErrorFactory } from '../../../src/authoring.js';
import { HeadersCheck, HeadersCheckConfig } from '../../../src/extensions/headers-check/index.js';
import { CapturedLogger, FakeClock, TestExtensionContext } from '../../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('keys', trait.name, reason, options),
};

let folder: string;
let path: string;
let clock: FakeClock;
let log: CapturedLogger;
let ctx: TestExtensionContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headers-check-'));
  path = join(folder, 'key');
  clock = new FakeClock();
  log = new CapturedLogger();
  ctx = new TestExtensionContext('keys');
});

afterEach(async () => {
  ctx.stop();
  await rm(folder, { recursive: true });
});

const create = (...headers: object[]): HeadersCheck =>
  new HeadersCheck(HeadersCheckConfig.parse({ headers }), log, clock, errors);

async function started(...headers: object[]) {
  const check = create(...headers);
  const running = check.start(ctx);
  await Promise.race([ctx.whenReady, running]);
  return { check, running };
}

function decide(check: HeadersCheck, headers: Readonly<Record<string, string>>): Promise<HeaderDecision> {
  const secrets = Object.entries(headers).map(([name, value]) => [name, new Secret(value)] as const);
  return check.checkHeaders({ protocol: 'grpc', signal: 'logs', headers: new Map(secrets) });
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

describe('extension:headers_check', () => {
  it('admits who has one of the values of every header', async () => {
    const { check } = await started(
      { name: 'X-Key', admits: [{ value: 'one' }, { value: 'two' }] },
      { name: 'x-region' },
    );
    expect(await decide(check, { 'x-key': 'one', 'x-region': 'eu' })).toEqual({ allowed: true });
    expect(await decide(check, { 'x-key': 'two', 'x-region': 'us' })).toEqual({ allowed: true });
  });

  it('says whose data it is', async () => {
    const { check } = await started({
      name: 'x-key',
      admits: [
        { value: 'one', metadata: { 'X-Tenant': 'acme', 'x-plan': 'free' } },
        { value: 'two', metadata: { 'x-tenant': 'globex' } },
      ],
    });
    const metadataOf = async (key: string): Promise<object> => {
      const decision = await decide(check, { 'x-key': key });
      if (!decision.allowed) throw new Error(decision.message);
      return Object.fromEntries(
        [...(decision.metadata ?? [])].map(([name, value]) => [name, value.reveal()]),
      );
    };
    expect(await metadataOf('one')).toEqual({ 'x-tenant': 'acme', 'x-plan': 'free' });
    expect(await metadataOf('two')).toEqual({ 'x-tenant': 'globex' });
  });

  it.each([[{}], [{ 'x-key': '' }], [{ 'x-other': 'one' }]])(
    'wants the header of who sends %j',
    async (headers) => {
      const { check } = await started({ name: 'x-key', admits: [{ value: 'one' }] });
      expect(await decide(check, headers)).toEqual({
        allowed: false,
        reason: 'MissingCredential',
        message: 'the header x-key is required',
      });
    },
  );

  it.each(['on', 'one ', 'ONE', 'one, one', 'two', '\u0000'])(
    'does not admit %j in place of one',
    async (key) => {
      const { check } = await started({ name: 'x-key', admits: [{ value: 'one' }] });
      expect(await decide(check, { 'x-key': key })).toEqual({
        allowed: false,
        reason: 'InvalidCredential',
        message: 'the header x-key is not valid',
      });
    },
  );

  it('tells who is known but not permitted, where it is told to', async () => {
    const { check } = await started({
      name: 'x-env',
      admits: [{ value: 'production' }],
      otherwise: 'permission_denied',
    });
    expect(await decide(check, { 'x-env': 'test' })).toEqual({
      allowed: false,
      reason: 'NotPermitted',
      message: 'the header x-env does not permit this',
    });
  });

  it('follows a file: the new value is admitted and the one before is not', async () => {
    await writeFile(path, 'first\n');
    const { check } = await started({ name: 'x-key', admits: [{ value_file: path }, { value: 'fixed' }] });
    expect(await decide(check, { 'x-key': 'first' })).toMatchObject({ allowed: true });
    await writeFile(path, 'second');
    await eventually(async () => (await decide(check, { 'x-key': 'second' })).allowed);
    expect(await decide(check, { 'x-key': 'first' })).toMatchObject({ allowed: false });
    expect(await decide(check, { 'x-key': 'fixed' })).toMatchObject({ allowed: true });
    expect(log.text).toContain('headers[0].admits[0].value_file holds another value');
    expect(log.text).not.toContain('second');
  });

  it('cannot decide before it has read a file, and says yes to nobody but who has a value that it knows', async () => {
    await writeFile(path, 'first');
    const check = create({ name: 'x-key', admits: [{ value_file: path }, { value: 'fixed' }] });
    await expect(decide(check, { 'x-key': 'first' })).rejects.toThrow(
      new TraitError('keys', 'http_server_middleware', "a value of the header 'x-key' has not been read yet"),
    );
    expect(await decide(check, { 'x-key': 'fixed' })).toMatchObject({ allowed: true });
  });

  it('fails to start when a file cannot be used', async () => {
    await expect(create({ name: 'x-key', admits: [{ value_file: path }] }).start(ctx)).rejects.toThrow(
      /^headers\[0\]\.admits\[0\]\.value_file: cannot read the file .*ENOENT/,
    );
    expect(ctx.isReady).toBe(false);
  });

  describe.each(['a file', 'a value'])('with a file and %s of two tenants', (kind) => {
    const acme = { 'x-tenant': 'acme' };
    const globex = { 'x-tenant': 'globex' };
    const rules = (metadata: object) => ({
      name: 'x-key',
      admits: [
        kind === 'a file' ? { value_file: `${path}-2`, metadata: acme } : { value: 'key', metadata: acme },
        { value_file: path, metadata },
      ],
    });
    const other = kind === 'a file' ? 'value_file' : 'value';

    beforeEach(async () => {
      await writeFile(`${path}-2`, 'key');
    });

    it('does not start while both hold one key', async () => {
      await writeFile(path, 'key\n');
      await expect(create(rules(globex)).start(ctx)).rejects.toThrow(
        `headers[0].admits[0].${other} and headers[0].admits[1].value_file hold the same value with different ` +
          'metadata, so nobody can tell whose data it brings; give each a value of its own',
      );
      expect(ctx.isReady).toBe(false);
      expect(clock.pending).toBe(0);
    });

    it('takes one key in both while it says the same, as in a change of keys', async () => {
      await writeFile(path, 'key');
      const { check } = await started(rules(acme));
      expect(await decide(check, { 'x-key': 'key' })).toMatchObject({ allowed: true });
      expect(log.text).toBe('');
    });

    it('keeps the key that a tenant has when it is written into the file of another one', async () => {
      await writeFile(path, 'mine');
      const { check } = await started(rules(globex));
      await writeFile(path, 'key');
      await eventually(() => log.text.includes('the last value stays in use'));
      expect(log.text).toContain(
        `headers[0].admits[1].value_file: the value in ${path} is that of headers[0].admits[0].${other} too, which ` +
          'has other metadata; give each a value of its own; the last value stays in use',
      );
      const tenantOf = async (key: string): Promise<string | undefined> => {
        const decision = await decide(check, { 'x-key': key });
        return decision.allowed ? decision.metadata?.get('x-tenant')?.reveal() : undefined;
      };
      expect(await tenantOf('key')).toBe('acme');
      expect(await tenantOf('mine')).toBe('globex');
    });
  });

  it('warns of a value whose bearer can claim what the others are granted', async () => {
    const { check } = await started({
      name: 'x-key',
      admits: [
        { value: 'one', metadata: { 'x-tenant': 'acme' } },
        { value: 'two' },
        { value: 'three', metadata: { 'x-plan': 'free', 'x-tenant': 'globex' } },
      ],
    });
    expect(await decide(check, { 'x-key': 'two' })).toEqual({ allowed: true });
    expect(log.lines.map(({ fields, level, message }) => ({ fields, level, message }))).toEqual([
      {
        level: 'warn',
        message:
          'headers[0].admits[1].value has no x-tenant in its metadata, as others of the header have; whoever sends ' +
          'that value can claim any x-tenant at a receiver whose include_headers names it',
        fields: { header: 'x-tenant', fields: 1 },
      },
      {
        level: 'warn',
        message:
          'headers[0].admits[0].value has no x-plan in its metadata, as others of the header have; whoever sends ' +
          'that value can claim any x-plan at a receiver whose include_headers names it',
        fields: { header: 'x-plan', fields: 2 },
      },
    ]);
  });

  it('does not warn when another header grants it to everybody', async () => {
    const tenant = { metadata: { 'x-tenant': 'acme' } };
    await started(
      { name: 'x-key', admits: [{ value: 'one', ...tenant }, { value: 'two' }] },
      { name: 'x-env', admits: [{ value: 'three', ...tenant }] },
    );
    expect(log.text).toBe('');
  });

  it('stops when it is asked to, and leaves no timer', async () => {
    await writeFile(path, 'first');
    const { running } = await started({ name: 'x-key', admits: [{ value_file: path }] });
    await clock.advance(12_000);
    ctx.stop();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('shows no value when it or its decision is inspected', async () => {
    const { check } = await started({
      name: 'x-key',
      admits: [{ value: 'swordfish', metadata: { 'x-tenant': 'swordfish' } }],
    });
    const decision = await decide(check, { 'x-key': 'swordfish' });
    expect(decision.allowed).toBe(true);
    expect(`${inspect(check, { depth: 9 })} ${inspect(decision)}`).not.toContain('swordfish');
  });
});

describe('the configuration of headers_check', () => {
  const problems = (...headers: object[]): string[] =>
    (HeadersCheckConfig.safeParse({ headers }).error?.issues ?? []).map(
      ({ message, path: at }) => `${at.slice(1).join('.')} ${message}`,
    );

  it.each([
    [{ name: 'x y' }, '0.name is not a header name; use letters, digits and "-"'],
    [{ name: ':path' }, '0.name is not a header name; use letters, digits and "-"'],
    [{ name: 'x-bin' }, '0.name would carry binary metadata, which is not supported'],
    [{ name: 'x', admits: [{}] }, '0.admits.0.value is missing: give value or value_file'],
    [
      { name: 'x', admits: [{ value: 'v', value_file: 'f' }] },
      '0.admits.0.value_file stands beside value; give one of the two',
    ],
    [{ name: 'x', admits: [{ value: 'v' }, { value: 'v' }] }, '0.admits.1.value is admitted twice'],
    [{ name: 'x', admits: [{ value: '' }] }, '0.admits.0.value must not be empty'],
    [
      {
        name: 'x',
        admits: [
          { value_file: 'f', metadata: { tenant: 'a' } },
          { value_file: ' f ', metadata: { tenant: 'b' } },
        ],
      },
      '0.admits.1.value_file is admitted twice',
    ],
    ...[' K', 'K ', 'a\nb', 'é', 'x'.repeat(8_193)].map((value): [object, string] => [
      { name: 'x', admits: [{ value }] },
      value.length > 8_192
        ? '0.admits.0.value is longer than 8192 characters'
        : '0.admits.0.value cannot be sent; use visible ASCII, with spaces inside only',
    ]),
    [
      { name: 'x', admits: [{ value: 'v', metadata: { host: 'h' } }] },
      '0.admits.0.metadata.host is set by the exporter itself and cannot be configured',
    ],
    [
      { name: 'x', admits: [{ value: 'v', metadata: { a: 'x\ny' } }] },
      '0.admits.0.metadata.a has a value that cannot be sent; use visible ASCII, with spaces inside only',
    ],
    [
      { name: 'x', admits: [{ value: 'v', metadata: { a: '1', b: '1', c: '1', d: '1', e: '1' } }] },
      '0.admits.0.metadata must have at most 4 entries',
    ],
  ])('refuses %j', (header, problem) => {
    expect(problems(header)).toEqual([problem]);
  });

  it('tells every mistake beside an empty value', () => {
    expect(problems({ name: 'x y', admits: [{ value: '' }, { value: 'v' }, { value: 'v' }] })).toEqual([
      '0.name is not a header name; use letters, digits and "-"',
      '0.admits.0.value must not be empty',
      '0.admits.2.value is admitted twice',
    ]);
  });

  it('grants no more metadata than data can carry, whichever of the values a request has', () => {
    const grants = (name: string, ...sizes: number[]) => ({
      name,
      admits: sizes.map((size, index) => ({
        value: String(index),
        metadata: { [`${name}1`]: 'v'.repeat(8_000), [`${name}2`]: 'v'.repeat(size) },
      })),
    });
    expect(problems(grants('a', 1, 8_000), grants('b', 8_000, 8_000))).toEqual([]);
    expect(problems(grants('a', 1, 8_000), grants('b', 8_000), grants('c', 1_000))).toEqual([
      ' grant up to 41012 characters of metadata to one request, and its data carries 32768',
    ]);
  });

  it('does not take a name twice, in whatever case', () => {
    expect(problems({ name: 'x' }, { name: 'X' })).toEqual([
      '1.name stands twice; header names do not know upper and lower case',
    ]);
  });
});
