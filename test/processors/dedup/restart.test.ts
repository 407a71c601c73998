import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pdata } from '../../../src/authoring.js';
import { OtlpHttpServer } from '../../exporters/otlp-http/otlp-http-server.js';
import { onePipeline, RunningEngine } from '../../fixtures/running-engine.js';
import { callHttp } from '../../receivers/otlp/http-client.js';
import { names } from '../batch/request.js';
import { logs, record } from './log-request.js';

let folder: string;
let backend: OtlpHttpServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dedup-'));
  backend = await OtlpHttpServer.start();
});

afterEach(async () => {
  await backend.stop();
  await rm(folder, { recursive: true });
});

const disk = (fsync = false): object => ({ path: join(folder, 'store.db'), fsync });

/** @param config of the processor */
const start = (config: object = {}): Promise<RunningEngine> =>
  RunningEngine.start(
    onePipeline({
      extensions: { disk: { type: 'extension:file_storage', config: disk() } },
      nodes: {
        in: {
          type: 'receiver:otlp',
          config: { protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true } } },
        },
        dedup: { type: 'processor:dedup', capabilities: { key_value_store: 'disk' }, config },
        out: { type: 'exporter:otlp_http', config: { endpoint: backend.endpoint } },
      },
      connections: [
        { from: 'in', to: 'dedup' },
        { from: 'dedup', to: 'out' },
      ],
    }),
  );

/** What the backend took, in words. */
const received = (): string[] => backend.received.flatMap(({ body }) => names(new Pdata('logs', body)));

async function send(running: RunningEngine, ...bodies: readonly string[]): Promise<number> {
  const { bytes } = logs(bodies.map((body) => record(body)));
  const { status } = await callHttp(running.address('in', 'http'), { body: bytes });
  return status;
}

describe('an engine with dedup and file_storage', () => {
  it('delivers a record once, also when it comes again after a restart', async () => {
    const first = await start();
    expect(await send(first, 'a', 'b')).toBe(200);
    expect(await send(first, 'b', 'c')).toBe(200);
    const [summary] = await first.stop();
    expect(summary).toMatchObject({ received: 4, exported: 3, failed: 0, dropped: 0 });
    const second = await start();
    expect(await send(second, 'a', 'b', 'c', 'd')).toBe(200);
    await second.stop();
    expect(received()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('delivers a record that the backend refused before the restart', async () => {
    backend.answer = (response) => response.writeHead(503).end();
    const first = await start();
    expect(await send(first, 'a')).toBe(503);
    await first.stop();
    backend.answer = (response) => response.writeHead(200).end();
    const second = await start();
    expect(await send(second, 'a')).toBe(200);
    expect(await send(second, 'a')).toBe(200);
    await second.stop();
    expect(received()).toEqual(['a', 'a']);
  });

  it('remembers everything although the storage is replaced again and again, with the same file', async () => {
    // Memory knows next to nothing, so that the store is asked.
    const running = await start({ memory_records: 1 });
    const words = Array.from({ length: 200 }, (_, index) => `word-${index}`);
    let sending = true;
    const replacing = (async () => {
      let replacements = 0;
      while (sending) {
        const scope = { group: 'default', pipeline: 'main' };
        await running.engine.replaceExtension(scope, 'disk', disk(replacements % 2 === 0));
        replacements += 1;
      }
      return replacements;
    })();
    const statuses = new Set<number>();
    for (const _ of ['first', 'again']) {
      await Promise.all(words.map(async (word) => statuses.add(await send(running, word))));
    }
    sending = false;
    expect(await replacing).toBeGreaterThan(3);
    await running.stop();
    expect([...statuses]).toEqual([200]);
    expect(received().sort()).toEqual(words.sort());
  });
});
