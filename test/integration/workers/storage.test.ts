import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithRedis, RedisServer } from '../../fixtures/redis-server.js';
import { EmbeddingProcess, onCores } from './embedding.js';
import { all200, chain, send, sink, withSink } from './pipelines.js';

const dedup = {
  type: 'processor:dedup',
  capabilities: { key_value_store: 'store' },
  config: { window: '10m' },
};

const scope = { group: 'default', pipeline: 'main' };

/** What the sink has got. */
const bodies = (): string[] =>
  sink.received.map(({ body }) => /(?:one|two) \d+/.exec(body.toString('latin1'))?.[0] ?? 'nothing').sort();

/** `WORD 0`, `WORD 1`, ... */
const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `${word} ${number}`).sort();

/** @param store the extension, with another configuration for the same store */
function remembersForAll(
  store: (variant: number) => { readonly type: string; readonly config: object },
): void {
  withSink();

  it('holds what one worker wrote for all of them, and for the next run', async () => {
    const config = onCores(2, chain({ dedup }, { extensions: { store: store(0) } }));
    {
      await using engine = await EmbeddingProcess.start(config);
      const address = await engine.address('in', 'http');
      for (let round = 0; round < 3; round++) expect(await send(address, 30, 'one')).toEqual(all200(30));
      expect(bodies()).toEqual(numbered('one', 30));
      await engine.stop();
    }
    await using next = await EmbeddingProcess.start(config);
    expect(await send(await next.address('in', 'http'), 30, 'one')).toEqual(all200(30));
    expect(bodies()).toEqual(numbered('one', 30));
    await next.stop();
  });

  it('forgets nothing while it is replaced under the writes of workers', async () => {
    const config = onCores(2, chain({ dedup }, { extensions: { store: store(0) } }));
    await using engine = await EmbeddingProcess.start(config);
    const address = await engine.address('in', 'http');
    const sending = send(address, 200, 'two');
    for (let variant = 1; variant <= 5; variant++) {
      await engine.replace(scope, 'store', store(variant).config);
    }
    expect(await sending).toEqual(all200(200));
    expect(await send(address, 200, 'two')).toEqual(all200(200));
    expect(bodies()).toEqual(numbered('two', 200));
    expect(await engine.errors()).toEqual([]);
    await engine.stop();
  });
}

describe('file_storage for several workers', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workers-storage-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  remembersForAll((variant) => ({
    type: 'extension:file_storage',
    config: { path: join(folder, 'store.db'), lock_timeout: `${2 + variant}s` },
  }));
});

describeWithRedis('redis_storage for several workers', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  remembersForAll((variant) => ({
    type: 'extension:redis_storage',
    config: { url: server.url, timeout: `${2 + variant}s` },
  }));
});
