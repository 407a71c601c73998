import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Nack } from '../../../src/authoring.js';
import { FakeClock } from '../../../src/testing/index.js';
import { RunningPool } from '../../extensions/http-pool/running-pool.js';
import { MuteServer } from '../../fixtures/mute-server.js';
import { eventually } from '../fixtures/eventually.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { accept, OtlpHttpServer } from './otlp-http-server.js';

let mute: MuteServer;
let clock: FakeClock;
let shared: RunningPool | undefined;
const made: MadeExporter[] = [];

beforeEach(async () => {
  mute = await MuteServer.start();
  clock = new FakeClock();
});

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
  await mute.stop();
  await shared?.stop();
  shared = undefined;
});

function make(settings: Partial<Parameters<typeof makeExporter>[0]> = {}): MadeExporter {
  const options = { clock, ...(shared && { pool: shared.pool }) };
  const one = makeExporter({ endpoint: mute.endpoint, ...settings }, options);
  made.push(one);
  return one;
}

function send({ exporter }: MadeExporter, signal = noAbort()): Promise<string> {
  return exporter.export(payload('logs'), signal).then(
    () => 'delivered',
    (nack: Nack) => `${nack.permanent ? 'permanent' : 'retryable'}: ${nack.message}`,
  );
}

/** A request beside that of a connection of its own, or of a pool, which takes longer to connect than is waited for. */
describe.each(['own', 'shared'])('a request that waits for a connection (%s)', (which) => {
  const http = { timeout: '500ms', ...(which === 'own' && { connect_timeout: '60s' }) } as const;

  beforeEach(async () => {
    if (which === 'shared') shared = await RunningPool.start({ connect_timeout: '60s' });
  });

  it('waits no longer than http.timeout', async () => {
    const outcome = send(make({ http }));
    await eventually(() => mute.connections === 1);
    await clock.advance(500);
    expect(await outcome).toBe(`retryable: ${mute.endpoint}/v1/logs: no answer within 500 ms`);
  });

  it('is given up when the pipeline stops', async () => {
    const drain = new AbortController();
    const outcome = send(make({ http }), drain.signal);
    await eventually(() => mute.connections === 1);
    drain.abort();
    expect(await outcome).toBe(
      `retryable: ${mute.endpoint}/v1/logs: the pipeline stopped before the server answered`,
    );
  });
});

describe('requests that were given up before there was a connection', () => {
  it('make no further ones', async () => {
    const one = make({ max_in_flight: 1, http: { timeout: '500ms' } });
    const outcomes = Promise.all([send(one), send(one), send(one)]);
    await eventually(() => mute.connections === 1);
    await clock.advance(500);
    await outcomes;
    mute.hangUp();
    await eventually(() => one.logger.text.includes('trying again'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(mute.connections).toBe(1);
  });

  it('are not sent when another has left the connection, and their time is that of their own exporter', async () => {
    shared = await RunningPool.start({ max_connections_per_origin: 1 });
    const server = await OtlpHttpServer.start();
    const held: ServerResponse[] = [];
    server.answer = (response) => held.push(response);
    const { endpoint } = server;
    const [slow, quick] = [
      make({ endpoint, http: { timeout: '20s' } }),
      make({ endpoint, http: { timeout: '1s' } }),
    ];
    const answered = send(slow);
    await eventually(() => held.length === 1);
    const outcome = send(quick);
    await clock.advance(1_000);
    expect(await outcome).toBe(`retryable: ${endpoint}/v1/logs: no answer within 1000 ms`);
    accept(held[0] as ServerResponse);
    expect(await answered).toBe('delivered');
    server.answer = (response) => accept(response);
    expect(await send(slow)).toBe('delivered');
    expect(server.received).toHaveLength(2);
    await server.stop();
  });
});
