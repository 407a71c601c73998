import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { MuteServer } from '../../fixtures/mute-server.js';
import { Origin } from './origin.js';
import { RunningPool } from './running-pool.js';

let origin: Origin;
let mute: MuteServer;
let pool: RunningPool | undefined;

beforeEach(async () => {
  origin = await Origin.start();
  mute = await MuteServer.start();
});

afterEach(async () => {
  await mute.stop();
  await origin.stop();
  await pool?.stop();
  pool = undefined;
});

/** The time stands still: what waits for connect_timeout waits for good. */
async function start(settings: Parameters<typeof RunningPool.start>[0]): Promise<RunningPool> {
  pool = await RunningPool.start(settings, new FakeClock());
  return pool;
}

/** A request that is given up when told so. */
function impatient(of: RunningPool, url: string): { giveUp(): void; readonly outcome: Promise<unknown> } {
  const controller = new AbortController();
  const outcome = of.post(url, 'hello', controller.signal).catch((error: unknown) => error);
  return { giveUp: () => controller.abort(), outcome };
}

/** Long enough for what must not happen. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('a request that was given up before it had a connection', () => {
  it('leaves the queue for one, and costs nobody a connection', async () => {
    const running = await start({ max_connections: 1 });
    const held: ServerResponse[] = [];
    origin.answer = (response) => held.push(response);
    const answered = running.post(origin.url);
    await eventually(() => held.length === 1);
    for (let given = 0; given < 5; given++) impatient(running, mute.endpoint).giveUp();
    held[0]?.end();
    expect(await answered).toBe(200);
    await aWhile();
    origin.answer = (response) => response.end();
    expect(await running.post(origin.url)).toBe(200);
    expect([origin.connections, mute.connections]).toEqual([1, 0]);
  });

  it('leaves the place of its attempt to whoever needs one', async () => {
    const running = await start({ max_connections: 2 });
    const lost = [1, 2, 3, 4].map(() => impatient(running, mute.endpoint));
    await eventually(() => mute.connections === 2);
    const waiting = [running.post(origin.url), running.post(origin.url)];
    for (const { giveUp } of lost) giveUp();
    expect(await Promise.all(waiting)).toEqual([200, 200]);
    // Also those that ask later.
    expect(await running.post(origin.namedUrl)).toBe(200);
    expect(mute.connections).toBe(2);
  });

  it('makes room for several that wait already', async () => {
    const running = await start({ max_connections: 2 });
    const lost = [1, 2].map(() => impatient(running, mute.endpoint));
    await eventually(() => mute.connections === 2);
    for (const { giveUp } of lost) giveUp();
    const held: ServerResponse[] = [];
    origin.answer = (response) => held.push(response);
    const waiting = [running.post(origin.url), running.post(origin.namedUrl)];
    await eventually(() => held.length === 2);
    for (const response of held) response.end();
    expect(await Promise.all(waiting)).toEqual([200, 200]);
  });

  it('leaves its attempt to the next request when nobody else needs the place', async () => {
    const running = await start({ max_connections: 2 });
    const { giveUp } = impatient(running, mute.endpoint);
    await eventually(() => mute.connections === 1);
    giveUp();
    expect(await running.post(origin.url)).toBe(200);
    await aWhile();
    expect(mute.open).toBe(1);
  });

  it('is no sign that the server cannot be reached', async () => {
    const running = await start({ max_connections: 1 });
    const failures: string[] = [];
    running.pool.dispatcher().on('connectionError', ({ origin: at }) => failures.push(at));
    const { giveUp } = impatient(running, mute.endpoint);
    await eventually(() => mute.connections === 1);
    giveUp();
    expect(await running.post(origin.url)).toBe(200);
    await eventually(() => mute.open === 0);
    expect(failures).toEqual([]);
  });

  it('does not hold up the stop of the pool', async () => {
    const running = await start({});
    const before = impatient(running, mute.endpoint);
    const after = impatient(running, mute.endpoint);
    await eventually(() => mute.connections === 2);
    before.giveUp();
    const stopped = running.stop();
    after.giveUp();
    await stopped;
    pool = undefined;
    await eventually(() => mute.open === 0);
  });
});
