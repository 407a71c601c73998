import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fetch, request } from 'undici';
import { FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { freePort } from '../../fixtures/free-port.js';
import { Origin } from './origin.js';
import { RunningPool } from './running-pool.js';

let origin: Origin;
let pool: RunningPool;

beforeEach(async () => {
  origin = await Origin.start();
});

afterEach(async () => {
  await pool.stop();
  await origin.stop();
});

/** Keeps the responses that the server owes. */
function holdAnswers(): ServerResponse[] {
  const held: ServerResponse[] = [];
  origin.answer = (response) => held.push(response);
  return held;
}

describe('a pool', () => {
  it('uses a connection again', async () => {
    pool = await RunningPool.start();
    for (let sent = 0; sent < 5; sent++) {
      await pool.post(origin.url);
      // An answer is read before its connection is free again.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([origin.requests.length, origin.connections]).toEqual([5, 1]);
  });

  it('gives the same dispatcher for as long as it serves', async () => {
    pool = await RunningPool.start();
    expect(pool.pool.dispatcher()).toBe(pool.pool.dispatcher());
  });

  it('cannot be closed by a consumer', async () => {
    pool = await RunningPool.start();
    const dispatcher = pool.pool.dispatcher();
    const refusal =
      'this dispatcher belongs to the http_connection_pool, which closes it; others send on it too';
    expect(() => dispatcher.close()).toThrow(refusal);
    expect(() => dispatcher.destroy()).toThrow(refusal);
    expect(await pool.post(origin.url)).toBe(200);
  });

  it('serves whatever takes a dispatcher of undici', async () => {
    pool = await RunningPool.start();
    const dispatcher = pool.pool.dispatcher();
    const answers = [
      (await request(origin.url, { dispatcher })).statusCode,
      (await fetch(origin.url, { dispatcher })).status,
    ];
    expect(answers).toEqual([200, 200]);
  });

  it('opens no more connections to an origin than max_connections_per_origin; further requests wait', async () => {
    pool = await RunningPool.start({ max_connections_per_origin: 3 });
    const held = holdAnswers();
    const requests = Array.from({ length: 10 }, () => pool.post(origin.url));
    for (let answered = 0; answered < 10; answered++) {
      await eventually(() => held.length > answered);
      expect(held.length).toBeLessThanOrEqual(answered + 3);
      held[answered]?.end();
    }
    expect(await Promise.all(requests)).toEqual(Array(10).fill(200));
    expect(origin.mostOpen).toBe(3);
  });

  it.each([1, 2])('keeps to a limit of %i also when the server ends each connection', async (limit) => {
    pool = await RunningPool.start({ max_connections_per_origin: limit });
    origin.answer = (response) => response.writeHead(200, { connection: 'close' }).end();
    const statuses = await Promise.all(Array.from({ length: 40 }, () => pool.post(origin.url)));
    expect(statuses).toEqual(Array(40).fill(200));
    expect(origin.connections).toBe(40);
    expect(origin.mostOpen).toBeLessThanOrEqual(limit);
  });

  it('has a limit for each origin', async () => {
    pool = await RunningPool.start({ max_connections_per_origin: 1 });
    const held = holdAnswers();
    const other = await Origin.start();
    const waiting = pool.post(origin.url);
    await eventually(() => held.length === 1);
    expect(await pool.post(other.url)).toBe(200);
    held[0]?.end();
    await waiting;
    await other.stop();
  });

  it('sends one request at a time on a connection', async () => {
    pool = await RunningPool.start({ max_connections_per_origin: 1 });
    const held = holdAnswers();
    const both = [pool.post(origin.url), pool.post(origin.url)];
    await eventually(() => held.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(held).toHaveLength(1);
    held[0]?.end();
    await eventually(() => held.length === 2);
    held[1]?.end();
    await Promise.all(both);
  });

  it('ends a connection that was not used for keep_alive_timeout', async () => {
    pool = await RunningPool.start({ keep_alive_timeout: '1ms' });
    await pool.post(origin.url);
    await eventually(() => origin.open === 0);
    await pool.post(origin.url);
    expect(origin.connections).toBe(2);
  });

  it('says why it cannot connect, and connects when the server is there', async () => {
    pool = await RunningPool.start();
    const port = await freePort();
    expect(await pool.failure(`http://127.0.0.1:${port}/`)).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
    expect(await pool.post(origin.url)).toBe(200);
  });

  it('finds a server by a name that has several addresses', async () => {
    pool = await RunningPool.start();
    expect(await pool.post(origin.namedUrl)).toBe(200);
  });

  it('emits connect and connectionError with the origin, to any number of listeners without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    pool = await RunningPool.start();
    const heard: string[] = [];
    for (let listener = 0; listener < 20; listener++) {
      pool.pool.dispatcher().on('connect', ({ origin: at }) => heard.push(`connect ${at}`));
      pool.pool.dispatcher().on('connectionError', ({ origin: at }) => heard.push(`error ${at}`));
    }
    await pool.post(origin.url);
    const gone = `http://127.0.0.1:${await freePort()}`;
    await pool.failure(`${gone}/`);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(heard).toHaveLength(40);
    expect(new Set(heard)).toEqual(new Set([`connect http://127.0.0.1:${origin.port}`, `error ${gone}`]));
    expect(warnings).toEqual([]);
  });
});

describe('a pool with max_connections', () => {
  const others: Origin[] = [];
  afterEach(async () => {
    await Promise.all(others.splice(0).map((other) => other.stop()));
  });

  it('sends to more origins than it may have connections, with never more requests under way', async () => {
    pool = await RunningPool.start({ max_connections: 2 });
    let [underWay, most] = [0, 0];
    for (let count = 0; count < 5; count++) {
      const other = await Origin.start();
      other.answer = (response) => {
        most = Math.max(most, ++underWay);
        setImmediate(() => {
          underWay -= 1;
          response.end();
        });
      };
      others.push(other);
    }
    const requests = Array.from({ length: 200 }, (_, index) => pool.post(others[index % 5]?.url ?? ''));
    expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
    expect(most).toBe(2);
    await eventually(() => others.reduce((open, other) => open + other.open, 0) <= 2);
  });

  it('ends a connection that nobody uses for one to another origin', async () => {
    pool = await RunningPool.start({ max_connections: 1 });
    const other = await Origin.start();
    others.push(other);
    await pool.post(origin.url);
    expect(origin.open).toBe(1);
    expect(await pool.post(other.url)).toBe(200);
    await eventually(() => origin.open === 0);
    expect(other.open).toBe(1);
  });

  it('does not let an origin with many requests keep another waiting', async () => {
    pool = await RunningPool.start({ max_connections: 1 });
    const other = await Origin.start();
    others.push(other);
    let before = 0;
    let served = 0;
    other.answer = (response) => {
      served = origin.requests.length - before;
      response.end();
    };
    const many = Array.from({ length: 50 }, () => pool.post(origin.url));
    await eventually(() => origin.requests.length > 0);
    before = origin.requests.length;
    expect(await pool.post(other.url)).toBe(200);
    // The one under way when it asked, and those whose answers were on the way back.
    expect(served).toBeLessThanOrEqual(3);
    await Promise.all(many);
  });

  it('keeps connections while nobody waits for another', async () => {
    pool = await RunningPool.start({ max_connections: 1 });
    for (let sent = 0; sent < 20; sent++) await pool.post(origin.url);
    expect(origin.connections).toBe(1);
  });
});

describe('a pool with max_connection_age', () => {
  it('ends a connection of that age when nobody uses it', async () => {
    const clock = new FakeClock();
    pool = await RunningPool.start({ max_connection_age: '1m' }, clock);
    await pool.post(origin.url);
    await clock.advance(59_999);
    expect(origin.open).toBe(1);
    await clock.advance(1);
    await eventually(() => origin.open === 0);
    expect(await pool.post(origin.url)).toBe(200);
    expect(origin.connections).toBe(2);
  });

  it('ends one in use after the answer, and sends what waits for it on another', async () => {
    const clock = new FakeClock();
    pool = await RunningPool.start({ max_connection_age: '1m', max_connections_per_origin: 1 }, clock);
    const held = holdAnswers();
    const requests = [pool.post(origin.url), pool.post(origin.url), pool.post(origin.url)];
    await eventually(() => held.length === 1);
    await clock.advance(60_000);
    expect(origin.open).toBe(1);
    origin.answer = (response) => response.end();
    held[0]?.end();
    expect(await Promise.all(requests)).toEqual([200, 200, 200]);
    expect(origin.connections).toBe(2);
  });

  it('leaves no timer behind', async () => {
    const clock = new FakeClock();
    pool = await RunningPool.start({ max_connection_age: '1m' }, clock);
    await pool.post(origin.url);
    await pool.stop();
    await eventually(() => clock.pending === 0);
  });
});

describe('a pool that stops', () => {
  it('lets requests end that are under way or wait, and then has no connection', async () => {
    pool = await RunningPool.start({ max_connections_per_origin: 1 });
    const held = holdAnswers();
    const requests = [pool.post(origin.url), pool.post(origin.url)];
    await eventually(() => held.length === 1);
    const stopped = pool.stop();
    held[0]?.end();
    await eventually(() => held.length === 2);
    held[1]?.end();
    expect(await Promise.all(requests)).toEqual([200, 200]);
    await stopped;
    await eventually(() => origin.open === 0);
    expect(pool.log.lines).toEqual([]);
  });

  it('ends connections that nobody uses at once', async () => {
    const clock = new FakeClock();
    pool = await RunningPool.start({}, clock);
    await pool.post(origin.url);
    expect(origin.open).toBe(1);
    await pool.stop();
    await eventually(() => origin.open === 0);
    expect(clock.pending).toBe(0);
  });

  it('breaks off after drain_timeout what takes longer, and says so', async () => {
    const clock = new FakeClock();
    pool = await RunningPool.start({ drain_timeout: '2s' }, clock);
    const held = holdAnswers();
    const failure = pool.failure(origin.url);
    await eventually(() => held.length === 1);
    const stopped = pool.stop();
    await clock.advance(1_999);
    expect(origin.open).toBe(1);
    await clock.advance(1);
    await stopped;
    expect(await failure).toBe('the http_connection_pool has stopped');
    await eventually(() => origin.open === 0);
    expect(pool.log.lines).toMatchObject([{ level: 'warn', message: /drain_timeout/ }]);
  });

  it('gives no dispatcher any more', async () => {
    pool = await RunningPool.start();
    await pool.stop();
    expect(() => pool.pool.dispatcher()).toThrow("extension 'pool' (http_connection_pool): has stopped");
  });
});
