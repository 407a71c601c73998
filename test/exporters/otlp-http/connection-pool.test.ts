import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpConnectionPool, Nack } from '../../../src/authoring.js';
import { FakeClock } from '../../../src/testing/index.js';
import { RunningPool } from '../../extensions/http-pool/running-pool.js';
import { ForwardProxy } from '../../fixtures/forward-proxy.js';
import { eventually } from '../fixtures/eventually.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { accept, OtlpHttpServer } from './otlp-http-server.js';

/** The first pause after a failure to connect is a second, a fifth more or less. */
const LONGEST_FIRST_PAUSE = 1_200;

let server: OtlpHttpServer;
let shared: RunningPool;
const made: MadeExporter[] = [];

beforeEach(async () => {
  server = await OtlpHttpServer.start();
});

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
  await shared.stop();
  await server.stop();
});

function make(settings: Partial<Parameters<typeof makeExporter>[0]> = {}, clock?: FakeClock): MadeExporter {
  const options = { pool: shared.pool, ...(clock && { clock }) };
  const one = makeExporter({ endpoint: server.endpoint, ...settings }, options);
  made.push(one);
  return one;
}

function send({ exporter }: MadeExporter): Promise<string> {
  return exporter.export(payload('logs'), noAbort()).then(
    () => 'delivered',
    (nack: Nack) => `${nack.permanent ? 'permanent' : 'retryable'}: ${nack.message}`,
  );
}

/** Keeps the responses that the server owes. */
function holdAnswers(): ServerResponse[] {
  const held: ServerResponse[] = [];
  server.answer = (response) => held.push(response);
  return held;
}

/** An answer is read a moment before its connection is free again. */
const connectionIsFree = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('two exporters with one http_connection_pool', () => {
  it('send on the same connections', async () => {
    shared = await RunningPool.start();
    const both = [make(), make()];
    for (let round = 0; round < 5; round++) {
      for (const one of both) {
        expect(await send(one)).toBe('delivered');
        await connectionIsFree();
      }
    }
    expect([server.received.length, server.connections]).toEqual([10, 1]);
  });

  it('have no more connections together than the pool allows', async () => {
    shared = await RunningPool.start({ max_connections_per_origin: 2 });
    const both = [make(), make()];
    const held = holdAnswers();
    const outcomes = Promise.all(both.flatMap((one) => [send(one), send(one), send(one)]));
    for (let answered = 0; answered < 6; answered++) {
      await eventually(() => held.length > answered);
      expect(held.length).toBeLessThanOrEqual(answered + 2);
      accept(held[answered] as ServerResponse);
    }
    expect(await outcomes).toEqual(Array(6).fill('delivered'));
    expect(server.connections).toBe(2);
  });

  it('leave the pool open when one of them ends', async () => {
    shared = await RunningPool.start();
    const [first, second] = [make(), make()];
    await send(first);
    await connectionIsFree();
    await first.exporter.shutdown();
    expect(await send(second)).toBe('delivered');
    expect(server.connections).toBe(1);
    expect(shared.pool.dispatcher().listenerCount('connectionError')).toBe(1);
  });

  it('both hold their requests when one cannot connect, and go on when one has', async () => {
    const clock = new FakeClock();
    shared = await RunningPool.start();
    const { port } = server;
    const [first, second] = [make({}, clock), make({}, clock)];
    await Promise.all([send(first), send(second)]);
    await server.stop();
    expect(await send(first)).toMatch(/^retryable: /);
    while (!first.logger.text.includes('ECONNREFUSED')) await send(first);
    const held = send(second);
    await eventually(() => clock.pending >= 3);
    server = await OtlpHttpServer.start({ port });
    await clock.advance(790);
    expect(server.connections).toBe(0);
    await clock.advance(LONGEST_FIRST_PAUSE - 790);
    expect(await held).toBe('delivered');
    expect(await send(first)).toBe('delivered');
  });

  it('do not care about servers of the other', async () => {
    const clock = new FakeClock();
    shared = await RunningPool.start();
    const gone = await OtlpHttpServer.start();
    await gone.stop();
    const [first, second] = [make({ endpoint: gone.endpoint }, clock), make({}, clock)];
    expect(await send(second)).toBe('delivered');
    expect(await send(first)).toMatch(/^retryable: .*ECONNREFUSED/);
    expect(await send(second)).toBe('delivered');
    expect(second.logger.lines).toEqual([]);
  });
});

describe('an exporter whose http_connection_pool is replaced', () => {
  it('sends the next request on the new one, while the old one ends after those under way', async () => {
    shared = await RunningPool.start();
    const old = shared;
    const handle: HttpConnectionPool = { dispatcher: () => shared.pool.dispatcher() };
    const one = makeExporter({ endpoint: server.endpoint }, { pool: handle });
    made.push(one);
    const held = holdAnswers();
    const underWay = send(one);
    await eventually(() => held.length === 1);
    shared = await RunningPool.start();
    const stopped = old.stop();
    server.answer = (response) => accept(response);
    expect(await send(one)).toBe('delivered');
    accept(held[0] as ServerResponse);
    expect(await underWay).toBe('delivered');
    await stopped;
    expect(server.connections).toBe(2);
  });

  it('gives data back for a retry while there is none', async () => {
    shared = await RunningPool.start();
    const one = make();
    await shared.stop();
    expect(await send(one)).toBe(
      `retryable: ${server.endpoint}/v1/logs: extension 'pool' (http_connection_pool): has stopped`,
    );
  });
});

describe('an exporter behind the proxy of its http_connection_pool', () => {
  it('says that the proxy failed, and shows no password', async () => {
    const proxy = await ForwardProxy.start({ credentials: 'edge:5ecret-value' });
    const settings = { url: proxy.url, username: 'edge' };
    shared = await RunningPool.start({ proxy: { ...settings, password: '5ecret-wrong' } });
    const one = make();
    expect(await send(one)).toContain(`proxy ${proxy.url}: answered HTTP 407`);
    expect(one.logger.text).not.toMatch(/5ecret|NWVjcmV0/);
    await shared.stop();
    shared = await RunningPool.start({ proxy: { ...settings, password: '5ecret-value' } });
    expect(await send(make())).toBe('delivered');
    await proxy.stop();
  });
});
