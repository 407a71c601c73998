import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyValueStore } from '../../../src/authoring.js';
import { SystemClock } from '../../../src/extension/clock.js';
import { RedisStorage } from '../../../src/extensions/redis-storage/index.js';
import { type Certificates, makeCertificates } from '../../exporters/fixtures/certificates.js';
import { freePort } from '../../fixtures/free-port.js';
import { bytes, listed, textOf } from '../../fixtures/key-value-room.js';
import { keepsKeyValueContract } from '../../fixtures/key-value-store-contract.js';
import { keepsKeyValueContractWhenReplaced } from '../../fixtures/key-value-store-replacement.js';
import { describeWithRedis, RedisServer } from '../../fixtures/redis-server.js';
import { type RunningStorage, startStorage } from './running-storage.js';

let server: RedisServer;
const running: RunningStorage[] = [];

afterEach(async () => {
  for (const { stop } of running.splice(0)) await stop();
});

async function started(config: Record<string, unknown> = {}): Promise<RunningStorage> {
  const storage = await startStorage({ url: server.url, ...config });
  running.push(storage);
  return storage;
}

/** How a call failed, and after how long. */
async function failureOf(call: Promise<unknown>) {
  const began = performance.now();
  const error: unknown = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return { error, afterMs: performance.now() - began };
}

async function recovers(store: KeyValueStore): Promise<void> {
  const end = performance.now() + 15_000;
  for (;;) {
    try {
      await store.set('probe', bytes('1'));
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describeWithRedis('redis_storage', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  let shared: RunningStorage;
  beforeAll(async () => {
    shared = await startStorage({ url: server.url });
  });
  afterAll(() => shared.stop());
  keepsKeyValueContract(() => shared.store);

  describe('when it is replaced', () => {
    keepsKeyValueContractWhenReplaced(RedisStorage, () => [
      { url: server.url },
      { url: server.url, timeout: '3s' },
    ]);
  });

  it('finds everything again in the next run', async () => {
    const { store, stop } = await started();
    await store.set('a', bytes('1'));
    await stop();
    expect(textOf(await (await started()).store.get('a'))).toBe('1');
  });

  it('waits for the answers to its last calls before it stops', async () => {
    const { store, stop } = await started({ key_prefix: 'last' });
    const writes = Array.from({ length: 2_000 }, (_, index) => store.set(`${index}`, bytes('1')));
    await Promise.all([stop(), ...writes]);
    expect(await listed((await started({ key_prefix: 'last' })).store)).toHaveLength(2_000);
  });

  it('shares nothing with those of another prefix or another database', async () => {
    const one = await started({ key_prefix: 'one' });
    const other = await started({ key_prefix: 'other' });
    const database = await started({ key_prefix: 'one', url: `${server.url}/1` });
    await one.store.set('a', bytes('1'));
    expect(await other.store.get('a')).toBeUndefined();
    expect(await database.store.get('a')).toBeUndefined();
  });

  it('lists values that are too large to be fetched together', async () => {
    const { store } = await started({ key_prefix: 'large' });
    const value = Buffer.alloc(700_000, 'x');
    for (let index = 0; index < 40; index += 1) await store.set(`${index}`.padStart(2, '0'), value);
    const sizes: number[] = [];
    for await (const entry of store.entries('')) sizes.push(entry.value.byteLength);
    expect(sizes).toEqual(Array.from({ length: 40 }, () => 700_000));
  });

  it('leaves nothing in the server when everything is deleted', async () => {
    const { store } = await started({ key_prefix: 'gone' });
    await store.set('a', bytes('1'));
    expect(await server.command('EXISTS', 'gone:values', 'gone:keys')).toBe(':2');
    await store.delete('a');
    expect(await server.command('EXISTS', 'gone:values', 'gone:keys')).toBe(':0');
  });

  it('does not start where something else uses its keys', async () => {
    await server.command('SET', 'taken:values', 'song');
    await expect(started({ key_prefix: 'taken' })).rejects.toThrow(
      `the Redis server at ${server.url} cannot be used: something else uses its key 'taken:values'; ` +
        'choose another key_prefix; start it or correct the configuration, ' +
        'or set required_at_start: false to start without it',
    );
  });

  it('refuses what does not fit into the memory of the server, as worth trying again', async () => {
    const { store } = await started({ key_prefix: 'full' });
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const { error } = await failureOf(store.set('a', bytes('1')));
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(error).toMatchObject({
      name: 'TraitError',
      retryable: true,
      message: expect.stringContaining('its memory is full; give it more, or keep less'),
    });
    await store.set('a', bytes('2'));
    expect(textOf(await store.get('a'))).toBe('2');
  });

  it('refuses more calls than memory should hold, as worth trying again, and none of the others suffers', async () => {
    const { store } = await started({ key_prefix: 'many', timeout: '20s' });
    const calls = Array.from({ length: 15_000 }, (_, index) => failureOf(store.set(`${index}`, bytes('1'))));
    const errors = (await Promise.all(calls)).flatMap(({ error }) => error ?? []);
    expect(errors).toHaveLength(5_000);
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(
        /cannot be used: more than 10000 calls wait for its answer; wait for some to end before asking for more$/,
      ),
      retryable: true,
    });
    expect(await listed(store)).toHaveLength(10_000);
    await store.set('after', bytes('1'));
    expect(textOf(await store.get('after'))).toBe('1');
  });

  it('refuses calls when it has stopped', async () => {
    const { store, stop } = await started();
    await stop();
    await expect(store.get('a')).rejects.toMatchObject({
      message: `extension 'store' (key_value_store): the Redis server at ${server.url} cannot be used: it has stopped`,
      retryable: true,
    });
  });
});

describeWithRedis('redis_storage, when the server goes away,', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('tells callers at once to try again, and serves again by itself with all that was acknowledged', async () => {
    const { store, log } = await started();
    await store.set('a', bytes('1'));
    await server.kill();
    const failures = [];
    for (const call of [() => store.get('a'), () => store.set('b', bytes('2')), () => listed(store)]) {
      failures.push(await failureOf(call()));
    }
    for (const { error, afterMs } of failures) {
      expect(error).toMatchObject({ name: 'TraitError', retryable: true });
      expect(afterMs).toBeLessThan(500);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await failureOf(store.get('a'))).error).toMatchObject({
      message: expect.stringContaining(`cannot be used: connect ECONNREFUSED 127.0.0.1:${server.port}`),
    });
    await server.start();
    await recovers(store);
    expect(textOf(await store.get('a'))).toBe('1');
    expect(await store.get('b')).toBeUndefined();
    const lines = log.lines.map(({ level, message }) => `${level}: ${message}`);
    expect(new Set(lines.slice(0, -1))).toEqual(
      new Set(['warn: the Redis server cannot be used; calls fail until it can be used again']),
    );
    expect(lines.at(-1)).toBe('info: the Redis server can be used again');
    const reasons = log.lines.slice(0, -1).map(({ fields }) => fields?.['reason']);
    expect(reasons.at(-1)).toContain('ECONNREFUSED');
    expect(new Set(reasons).size).toBe(reasons.length);
  });

  it('keeps every write that it acknowledged, however often the server is killed', async () => {
    const { store } = await started({ key_prefix: 'killed' });
    const acknowledged = new Set<number>();
    for (let round = 0; round < 3; round += 1) {
      let stopped = false;
      const writing = Array.from({ length: 8 }, async (_, worker) => {
        for (let number = worker; !stopped; number += 8) {
          const id = round * 1_000_000 + number;
          try {
            await store.batch([
              { set: `left-${id}`, value: bytes('1') },
              { set: `right-${id}`, value: bytes('1') },
            ]);
            acknowledged.add(id);
          } catch {
            // The write was refused, which is what the other test is about.
            stopped = true;
          }
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 50));
      await server.kill();
      await Promise.all(writing);
      await server.start();
      await recovers(store);
    }
    const found = new Set((await listed(store)).map((entry) => entry.split('=')[0]));
    expect(acknowledged.size).toBeGreaterThan(30);
    for (const id of acknowledged) expect(found.has(`left-${id}`)).toBe(true);
    for (const key of found) {
      if (key?.startsWith('left')) expect(found.has(key.replace('left', 'right'))).toBe(true);
    }
  });

  it('tells calls that were under way why, in words of its own', async () => {
    const { store } = await started();
    server.freeze();
    const calls = [failureOf(store.get('a')), failureOf(store.set('b', bytes('2')))];
    await new Promise((resolve) => setImmediate(resolve));
    await server.kill();
    const [read, write] = (await Promise.all(calls)).map(({ error }) => (error as Error).message);
    expect(read).toMatch(
      /cannot be used: the connection broke: (Socket closed unexpectedly|read ECONNRESET)$/,
    );
    expect(write).toMatch(
      /the connection broke: (Socket closed unexpectedly|read ECONNRESET); whether it was written is not known$/,
    );
    await server.start();
  });

  it('gives up a call that is not answered, and uses another connection', async () => {
    const { store } = await started({ timeout: '200ms' });
    server.freeze();
    const calls = await Promise.all([failureOf(store.get('a')), failureOf(store.set('a', bytes('1')))]);
    for (const { error, afterMs } of calls) {
      expect(error).toMatchObject({ retryable: true });
      expect(afterMs).toBeLessThan(1_000);
    }
    expect(calls[1].error).toMatchObject({
      message: expect.stringContaining('whether it was written is not known'),
    });
    server.thaw();
    await recovers(store);
  });

  it('stops while it waits for the server', async () => {
    const { stop } = await started();
    await server.kill();
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(1_000);
    await server.start();
  });

  it('goes on with the one that takes writes after a failover', async () => {
    const { store } = await started();
    await server.command('REPLICAOF', '127.0.0.1', '1');
    const { error } = await failureOf(store.set('a', bytes('1')));
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/'READONLY .*'; it is a replica; name the one that takes writes$/),
    });
    await server.command('REPLICAOF', 'NO', 'ONE');
    await recovers(store);
  });
});

describeWithRedis('redis_storage at its start', () => {
  it('fails within 5 s without the server, when it is required', async () => {
    const port = await freePort();
    server = { url: `redis://127.0.0.1:${port}` } as RedisServer;
    const { error, afterMs } = await failureOf(started());
    expect(error).toEqual(
      new Error(
        `the Redis server at redis://127.0.0.1:${port} cannot be used: connect ECONNREFUSED 127.0.0.1:${port}; ` +
          'start it or correct the configuration, or set required_at_start: false to start without it',
      ),
    );
    expect(afterMs).toBeLessThan(5_000);
  });

  it('fails within 5 s with a server that does not answer', async () => {
    const silent: Server = createServer(() => {});
    const port = await freePort();
    await new Promise<void>((resolve) => {
      silent.listen(port, '127.0.0.1', resolve);
    });
    server = { url: `redis://127.0.0.1:${port}` } as RedisServer;
    const { error, afterMs } = await failureOf(started());
    expect(error).toMatchObject({ message: expect.stringContaining('no answer within') });
    expect(afterMs).toBeLessThan(5_000);
    silent.close();
  });

  it('says what was wrong last when a pause takes all the time that was left', async () => {
    const port = await freePort();
    let asleep = 0;
    const clock = new (class extends SystemClock {
      override now = () => super.now() + asleep;
      override sleep = async () => {
        asleep += 10_000;
      };
    })();
    await expect(startStorage({ url: `redis://127.0.0.1:${port}` }, clock)).rejects.toThrow(
      `cannot be used: connect ECONNREFUSED 127.0.0.1:${port}; start it`,
    );
  });

  it('starts without the server when it is not required, and finds it later', async () => {
    server = await RedisServer.start();
    await server.kill();
    const { store } = await started({ required_at_start: false });
    expect((await failureOf(store.get('a'))).error).toMatchObject({ retryable: true });
    await server.start();
    await recovers(store);
    for (const { stop } of running.splice(0)) await stop();
    await server[Symbol.asyncDispose]();
  });
});

describeWithRedis('redis_storage, with credentials,', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-storage-'));
    server = await RedisServer.start([
      '--requirepass',
      'open-sesame',
      '--user',
      'edge',
      'on',
      '>edge-secret',
      '~edge:*',
      '+@all',
    ]);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('logs in with a password', async () => {
    const { store } = await started({ password: 'open-sesame' });
    await store.set('a', bytes('1'));
  });

  it('logs in as a user, with a password from a file', async () => {
    const password_file = join(folder, 'password');
    await writeFile(password_file, 'edge-secret\n');
    const { store } = await started({ username: 'edge', password_file, key_prefix: 'edge' });
    await store.set('a', bytes('1'));
  });

  it('says why it cannot be used now, when that is no longer why the connection broke', async () => {
    await server.login('open-sesame', ['ACL', 'SETUSER', 'moved', 'on', '>before', '~*', '+@all']);
    const { store, log } = await started({ username: 'moved', password: 'before', key_prefix: 'moved' });
    await store.set('a', bytes('1'));
    await server.login('open-sesame', ['ACL', 'SETUSER', 'moved', 'resetpass', '>after']);
    await server.login('open-sesame', ['CLIENT', 'KILL', 'USER', 'moved']);
    const end = performance.now() + 10_000;
    const reasons = () => log.lines.map(({ fields }) => `${fields?.['reason']}`);
    while (!reasons().some((reason) => reason.includes('WRONGPASS'))) {
      expect(performance.now()).toBeLessThan(end);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(reasons()).toEqual([
      expect.not.stringContaining('WRONGPASS'),
      expect.stringContaining('check username and password'),
    ]);
  });

  it('needs no more rights than its README says', async () => {
    const readme = new URL('../../../src/extensions/redis-storage/README.md', import.meta.url);
    const [, rule = ''] =
      /^ACL SETUSER dataflow on >password (.+)$/m.exec(await readFile(readme, 'utf8')) ?? [];
    await server.login('open-sesame', ['ACL', 'SETUSER', 'least', 'on', '>password', ...rule.split(' ')]);
    const { store } = await started({ username: 'least', password: 'password', url: `${server.url}/1` });
    await store.batch([{ set: 'a', value: bytes('1') }, { delete: 'b' }]);
    expect(await listed(store)).toEqual(['a=1']);
  });

  it.each([
    { what: 'a wrong password', config: { password: 'open-barley' }, answer: 'WRONGPASS' },
    { what: 'no password', config: {}, answer: 'NOAUTH' },
    {
      what: 'a user who may not use the keys',
      config: { username: 'edge', password: 'edge-secret' },
      answer: 'NOPERM',
    },
  ])('fails at once with $what, and shows no password', async ({ config, answer }) => {
    const { error, afterMs } = await failureOf(started(config));
    const { message } = error as Error;
    expect(message).toContain(`the server answers '${answer}`);
    expect(message).not.toMatch(/open-barley|edge-secret/);
    // A server that does not answer is given 4 s.
    expect(afterMs).toBeLessThan(3_000);
  });
});

describeWithRedis('redis_storage over TLS', () => {
  let certificates: Certificates;
  let port: number;
  beforeAll(async () => {
    certificates = makeCertificates();
    port = await freePort();
    server = await RedisServer.start([
      ...['--tls-port', `${port}`, '--tls-ca-cert-file', certificates.ca],
      ...['--tls-cert-file', certificates.serverCert, '--tls-key-file', certificates.serverKey],
    ]);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    certificates.remove();
  });

  it('trusts the authority that it is told to, and shows its own certificate', async () => {
    const { ca, clientCert, clientKey } = certificates;
    const { store } = await started({
      url: `rediss://localhost:${port}`,
      tls: { ca_file: ca, cert_file: clientCert, key_file: clientKey },
    });
    await store.set('a', bytes('1'));
    expect(textOf(await store.get('a'))).toBe('1');
  });

  it('does not trust a server of an unknown authority', async () => {
    const { clientCert, clientKey } = certificates;
    const { error } = await failureOf(
      started({ url: `rediss://localhost:${port}`, tls: { cert_file: clientCert, key_file: clientKey } }),
    );
    expect(error).toMatchObject({ message: expect.stringMatching(/certificate/) });
  });
});
