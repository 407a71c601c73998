import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Pdata } from '../../../src/authoring.js';
import { OtlpHttpServer } from '../../exporters/otlp-http/otlp-http-server.js';
import { describeWithRedis, RedisServer } from '../../fixtures/redis-server.js';
import { onePipeline, RunningEngine } from '../../fixtures/running-engine.js';
import { callHttp } from '../../receivers/otlp/http-client.js';
import { names } from '../batch/request.js';
import { logs, record } from './log-request.js';

let redis: RedisServer;
let backend: OtlpHttpServer;
let running: RunningEngine;

beforeEach(async () => {
  redis = await RedisServer.start();
  backend = await OtlpHttpServer.start();
});

afterEach(async () => {
  await running.stop();
  await backend.stop();
  await redis[Symbol.asyncDispose]();
});

async function start(on_store_error: 'pass' | 'nack'): Promise<void> {
  running = await RunningEngine.start(
    onePipeline({
      extensions: { cache: { type: 'extension:redis_storage', config: { url: redis.url } } },
      nodes: {
        in: {
          type: 'receiver:otlp',
          config: { protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true } } },
        },
        dedup: {
          type: 'processor:dedup',
          capabilities: { key_value_store: 'cache' },
          // Memory knows next to nothing, so that the store is asked.
          config: { on_store_error, memory_records: 1 },
        },
        out: { type: 'exporter:otlp_http', config: { endpoint: backend.endpoint } },
      },
      connections: [
        { from: 'in', to: 'dedup' },
        { from: 'dedup', to: 'out' },
      ],
    }),
  );
}

async function send(...bodies: readonly string[]): Promise<number> {
  const { bytes } = logs(bodies.map((body) => record(body)));
  return (await callHttp(running.address('in', 'http'), { body: bytes })).status;
}

/** Waits until the server has so many records: what is delivered is written down right after it was acked. */
async function written(records: number): Promise<void> {
  const end = performance.now() + 5_000;
  while ((await redis.command('HLEN', 'dataflow:values')) !== `:${records}`) {
    expect(performance.now()).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const received = (): string[] => backend.received.flatMap(({ body }) => names(new Pdata('logs', body)));

/** Sends until the answer says that it was delivered, as a client does that is told to try again. */
async function sendUntilTaken(...bodies: readonly string[]): Promise<void> {
  const end = performance.now() + 15_000;
  while ((await send(...bodies)) !== 200) {
    expect(performance.now()).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describeWithRedis('an engine with dedup and redis_storage', () => {
  it('asks senders to try again while Redis is away, and goes on by itself with what it remembers', async () => {
    await start('nack');
    expect(await send('a', 'b')).toBe(200);
    await written(2);
    await redis.kill();
    expect(await send('a', 'c')).toBe(503);
    expect(await send('d')).toBe(503);
    await redis.start();
    await sendUntilTaken('a', 'c');
    await sendUntilTaken('b', 'd');
    expect(received()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets records pass while Redis is away when it is told to', async () => {
    await start('pass');
    expect(await send('a', 'b')).toBe(200);
    await redis.kill();
    expect(await send('a', 'c')).toBe(200);
    expect(received()).toEqual(['a', 'b', 'a', 'c']);
  });
});
