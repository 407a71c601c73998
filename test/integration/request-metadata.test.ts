import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pdata } from '../../src/authoring.js';
import { FakeClock } from '../../src/testing/index.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { names } from '../processors/batch/request.js';
import { callGrpc } from '../receivers/otlp/grpc-client.js';
import { callHttp } from '../receivers/otlp/http-client.js';
import { rawGrpcCall } from '../receivers/otlp/raw-http2.js';

/** What a backend got: one header, and the names of the records. */
interface Delivery {
  readonly header: (name: string) => string | undefined;
  readonly records: readonly string[];
}

interface Backend {
  readonly exporter: object;
  readonly deliveries: () => readonly Delivery[];
  stop(): Promise<void>;
}

const recordNames = (bytes: Uint8Array): string[] => names(new Pdata('logs', bytes));

async function grpcBackend(): Promise<Backend> {
  const server = await OtlpGrpcServer.start();
  return {
    exporter: { type: 'exporter:otlp_grpc', config: { grpc_endpoint: server.endpoint } },
    deliveries: () =>
      server.received.map(({ bytes, metadata }) => ({
        header: (name) => metadata.get(name)[0]?.toString(),
        records: recordNames(bytes),
      })),
    stop: async () => server.stop(),
  };
}

async function httpBackend(): Promise<Backend> {
  const server = await OtlpHttpServer.start();
  return {
    exporter: { type: 'exporter:otlp_http', config: { endpoint: server.endpoint } },
    deliveries: () =>
      server.received.map(({ body, headers }) => ({
        header: (name) => headers[name]?.toString(),
        records: recordNames(body),
      })),
    stop: () => server.stop(),
  };
}

const protocol = { listening_addr: '127.0.0.1:0', wait_for_result: true };

/** A gateway that batches and sends on, with a headers_setter and possibly a headers_check. */
const gateway = (
  { exporter }: Backend,
  { headers, keys, batch = {} }: { headers: object[]; keys?: object[]; batch?: object },
): object =>
  onePipeline({
    extensions: {
      setter: { type: 'extension:headers_setter', config: { headers } },
      ...(keys === undefined ? {} : { keys: { type: 'extension:headers_check', config: { headers: keys } } }),
    },
    nodes: {
      in: {
        type: 'receiver:otlp',
        ...(keys === undefined ? {} : { capabilities: { http_server_middleware: 'keys' } }),
        config: {
          include_headers: ['X-Tenant', 'authorization'],
          protocols: { grpc: protocol, http: protocol },
        },
      },
      batch: { type: 'processor:batch', config: { max_batch_duration: '50ms', ...batch } },
      out: { ...exporter, capabilities: { http_client_middleware: 'setter' } },
    },
    connections: [
      { from: 'in', to: 'batch' },
      { from: 'batch', to: 'out' },
    ],
  });

const tenantHeader = { name: 'x-tenant', from_metadata: 'x-tenant', default: 'nobody' };

describe.each([
  ['otlp_grpc', grpcBackend],
  ['otlp_http', httpBackend],
] as const)('headers of requests through receiver, batch and exporter:%s', (_type, start) => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await start();
  });
  afterEach(() => backend.stop());

  it('arrive with their data, and two tenants never share a batch', async () => {
    await using running = await RunningEngine.start(gateway(backend, { headers: [tenantHeader] }));
    const tenants = ['acme', 'globex', undefined];
    const codes = await Promise.all(
      Array.from({ length: 60 }, async (_, first) => {
        const tenant = tenants[first % 3];
        const sent = tenant === undefined ? {} : { 'x-tenant': tenant };
        const body = sampleRequest('logs', { first });
        if (first % 2 === 0)
          return (await callGrpc(running.address('in', 'grpc'), 'logs', body, { metadata: sent })).code;
        return (await callHttp(running.address('in', 'http'), { headers: sent, body })).status;
      }),
    );
    expect(new Set(codes)).toEqual(new Set([0, 200]));
    const deliveries = backend.deliveries();
    const owners = new Map<string, Set<string>>();
    for (const { header, records } of deliveries) {
      for (const record of records) {
        const index = Number(record.slice('log-'.length));
        const owner = tenants[index % 3] ?? 'nobody';
        const known = owners.get(header('x-tenant') as string) ?? new Set();
        owners.set(header('x-tenant') as string, known.add(owner));
      }
    }
    expect(owners).toEqual(
      new Map(['acme', 'globex', 'nobody'].map((tenant) => [tenant, new Set([tenant])])),
    );
    expect(deliveries.flatMap(({ records }) => records)).toHaveLength(60);
    expect(deliveries.length).toBeLessThan(60);
  });

  it('arrive with every piece of a request that is split', async () => {
    const batch = { otlp: { sizer: 'items', min_size: 4, max_size: 4 } };
    await using running = await RunningEngine.start(gateway(backend, { headers: [tenantHeader], batch }));
    const body = sampleRequest('logs', { records: 10 });
    await callHttp(running.address('in', 'http'), { headers: { 'x-tenant': 'acme' }, body });
    expect(backend.deliveries().map(({ header, records }) => [header('x-tenant'), records.length])).toEqual([
      ['acme', 4],
      ['acme', 4],
      ['acme', 2],
    ]);
  });

  it('say what the door says, whatever the client says', async () => {
    const keys = [
      {
        name: 'x-key',
        admits: [
          { value: 'acme-key', metadata: { 'x-tenant': 'acme' } },
          { value: 'globex-key', metadata: { 'x-tenant': 'globex' } },
        ],
      },
    ];
    await using running = await RunningEngine.start(gateway(backend, { headers: [tenantHeader], keys }));
    const send = (headers: Record<string, string>) =>
      callHttp(running.address('in', 'http'), { headers, body: sampleRequest('logs') });
    expect((await send({ 'x-key': 'acme-key', 'x-tenant': 'globex' })).status).toBe(200);
    expect((await send({ 'x-key': 'guess', 'x-tenant': 'globex' })).status).toBe(401);
    expect((await send({ 'x-tenant': 'globex' })).status).toBe(401);
    expect(backend.deliveries().map(({ header }) => header('x-tenant'))).toEqual(['acme']);
    expect(running.log.text).not.toMatch(/acme-key|globex-key|guess/);
  });

  it('take the new value of a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'header-file-'));
    try {
      const value_file = join(folder, 'key');
      await writeFile(value_file, 'first\n');
      const clock = new FakeClock();
      const config = gateway(backend, {
        headers: [{ name: 'x-api-key', value_file }],
        batch: { max_batch_duration: '0s' },
      });
      await using running = await RunningEngine.start(config, { clock });
      const send = () => callHttp(running.address('in', 'http'), { body: sampleRequest('logs') });
      expect((await send()).status).toBe(200);
      await writeFile(value_file, 'second\n');
      const limit = performance.now() + 10_000;
      while (!running.log.text.includes('holds another value')) {
        if (performance.now() > limit) throw new Error('the change was never seen');
        await clock.advance(5_000);
      }
      expect((await send()).status).toBe(200);
      expect(backend.deliveries().map(({ header }) => header('x-api-key'))).toEqual(['first', 'second']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('follow a replaced headers_setter and headers_check, and nothing is refused for it', async () => {
    const main = { group: 'default', pipeline: 'main' };
    const keys = (...values: string[]) => [{ name: 'x-key', admits: values.map((value) => ({ value })) }];
    const batch = { max_batch_duration: '0s' };
    const config = gateway(backend, { headers: [{ name: 'x-out', value: '0' }], keys: keys('a'), batch });
    await using running = await RunningEngine.start(config);
    let over = false;
    const statuses: number[] = [];
    const client = async (): Promise<void> => {
      while (!over) {
        const call = { headers: { 'x-key': 'a' }, body: sampleRequest('logs') };
        statuses.push((await callHttp(running.address('in', 'http'), call)).status);
      }
    };
    const clients = Promise.all([client(), client(), client()]);
    for (let version = 1; version <= 20; version++) {
      const headers = [{ name: 'x-out', value: `${version}` }];
      await running.engine.replaceExtension(main, 'setter', { headers });
      await running.engine.replaceExtension(main, 'keys', { headers: keys('a', `b${version}`) });
    }
    const broken = { headers: [{ name: 'x-out', value_file: '/nowhere/at/all' }] };
    await expect(running.engine.replaceExtension(main, 'setter', broken)).rejects.toThrow('value_file');
    const before = statuses.length;
    while (statuses.length < before + 6) await new Promise((resolve) => setImmediate(resolve));
    over = true;
    await clients;
    expect(new Set(statuses)).toEqual(new Set([200]));
    const seen = backend.deliveries().map(({ header }) => Number(header('x-out')));
    expect(seen).toHaveLength(statuses.length);
    expect(seen.at(-1)).toBe(20);
  });

  it('are in no log, delivered or refused', async () => {
    const headers = [
      { name: 'authorization', from_metadata: 'authorization' },
      { name: 'x-api-key', value: 'swordfish-key' },
    ];
    await using running = await RunningEngine.start(gateway(backend, { headers }));
    const authorization = 'Bearer swordfish-token';
    const send = () =>
      callHttp(running.address('in', 'http'), { headers: { authorization }, body: sampleRequest('logs') });
    expect((await send()).status).toBe(200);
    expect(backend.deliveries().map(({ header }) => [header('authorization'), header('x-api-key')])).toEqual([
      [authorization, 'swordfish-key'],
    ]);
    await backend.stop();
    const refused = await send();
    expect(refused.status).toBe(503);
    await running.stop();
    expect(refused.rpcStatus?.message).not.toContain('swordfish');
    expect(running.log.text).not.toContain('swordfish');
  });

  it.each([
    ['not ASCII', 'caf\xe9'],
    ['too long', 'a'.repeat(9_000)],
  ])('never reach the wire when they are %s, and harm nobody else', async (_what, value) => {
    await using running = await RunningEngine.start(gateway(backend, { headers: [tenantHeader] }));
    const body = sampleRequest('logs');
    const hostile = await callHttp(running.address('in', 'http'), { headers: { 'x-tenant': value }, body });
    expect(hostile.status).toBe(400);
    const call = await rawGrpcCall(running.address('in', 'grpc'), { headers: { 'x-tenant': value } });
    expect(call.trailers['grpc-status']).toBe('3');
    const good = await callHttp(running.address('in', 'http'), { headers: { 'x-tenant': 'acme' }, body });
    expect(good.status).toBe(200);
    expect(backend.deliveries().map(({ header }) => header('x-tenant'))).toEqual(['acme']);
    expect(running.log.text).not.toContain(value);
  });
});
