import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { framePrefix, GrpcStatus } from '../../src/authoring.js';
import { DataflowProcess, inline } from '../fixtures/dataflow-process.js';
import { sampleJson, sampleRequest } from '../fixtures/otlp.js';
import { onePipeline } from '../fixtures/running-engine.js';
import { callGrpc } from '../receivers/otlp/grpc-client.js';
import { callHttp } from '../receivers/otlp/http-client.js';
import { rawGrpcCall } from '../receivers/otlp/raw-http2.js';
import { openSocket } from '../receivers/otlp/raw-socket.js';

const MIB = 1024 * 1024;
const TOKEN = 'demo-token';
const authorization = `Bearer ${TOKEN}`;

/** The gateway of the demo. A short time-out is one that a test can wait for. */
const gateway = (timeout: string): object =>
  onePipeline({
    extensions: { guard: { type: 'extension:bearer_token_auth', config: { token: TOKEN } } },
    nodes: {
      otlp: {
        type: 'receiver:otlp',
        capabilities: { bearer_token_authorizer: 'guard' },
        config: {
          protocols: {
            grpc: { listening_addr: '127.0.0.1:0', wait_for_result: true, timeout },
            http: { listening_addr: '127.0.0.1:0', wait_for_result: true, timeout },
          },
        },
      },
      batch: { type: 'processor:batch', config: { max_batch_duration: '10ms' } },
      console: { type: 'exporter:console', config: { verbosity: 'basic' } },
    },
    connections: [
      { from: 'otlp', to: 'batch' },
      { from: 'batch', to: 'console' },
    ],
  });

let dataflow: DataflowProcess;
let grpc: string;
let http: string;

async function start(timeout: string): Promise<void> {
  dataflow = DataflowProcess.start(['run', '--config', inline(gateway(timeout)), '--log-format', 'json']);
  grpc = await dataflow.address('otlp', 'grpc');
  http = await dataflow.address('otlp', 'http');
}

beforeAll(() => start('1s'));
beforeEach(() => {
  if (!dataflow.running) throw new Error(`the process has died:\n${dataflow.output}`);
});
afterAll(() => dataflow[Symbol.asyncDispose]());

interface HttpRequest {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

const post = ({ headers = {}, ...request }: HttpRequest) =>
  callHttp(http, { body: sampleRequest('logs'), ...request, headers: { authorization, ...headers } });

const call = ({ headers = {}, ...request }: Parameters<typeof rawGrpcCall>[1] = {}) =>
  rawGrpcCall(grpc, { ...request, headers: { authorization, ...headers } });

async function expectServing(): Promise<void> {
  expect((await post({})).status).toBe(200);
  const json = { 'content-type': 'application/json' };
  expect((await post({ headers: json, body: JSON.stringify(sampleJson('logs', {})) })).status).toBe(200);
  const answer = await callGrpc(grpc, 'traces', sampleRequest('traces'), { metadata: { authorization } });
  expect(answer.code).toBe(GrpcStatus.OK);
}

const zeros = Buffer.alloc(256 * MIB);
const bombs = {
  gzip: gzipSync(zeros),
  deflate: deflateSync(zeros),
  zstd: zstdCompressSync(zeros),
};

const json = { 'content-type': 'application/json' };
const cutShort = Buffer.from('0aff01', 'hex');
const deep = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${'{"arrayValue":{"values":['.repeat(20_000)}`;

describe('the running command answers by HTTP', () => {
  it.each([
    { what: 'malformed protobuf', status: 400, body: cutShort },
    { what: 'malformed JSON', status: 400, headers: json, body: '{"resourceLogs": [' },
    { what: 'JSON that is no OTLP', status: 400, headers: json, body: '{"resourceLogs": 5}' },
    { what: 'JSON without an end to its depth', status: 400, headers: json, body: deep },
    { what: 'noise', status: 400, body: randomBytes(10_000).fill(0xff, 0, 16) },
    { what: 'another content type', status: 415, headers: { 'content-type': 'text/plain' } },
    { what: 'no content type', status: 415, headers: { 'content-type': '' } },
    { what: 'an encoding that is not known', status: 415, headers: { 'content-encoding': 'br' } },
    { what: 'an encoding that is not true', status: 400, headers: { 'content-encoding': 'gzip' } },
    {
      what: 'compressed data that is cut short',
      status: 400,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(sampleRequest('logs')).subarray(0, 40),
    },
    { what: 'a body that is too large', status: 413, body: Buffer.alloc(5 * MIB) },
    {
      what: 'a body that turns out too large',
      status: 413,
      headers: { 'transfer-encoding': 'chunked' },
      body: Buffer.alloc(5 * MIB),
    },
    { what: 'a bomb of gzip', status: 413, headers: { 'content-encoding': 'gzip' }, body: bombs.gzip },
    {
      what: 'a bomb of deflate',
      status: 413,
      headers: { 'content-encoding': 'deflate' },
      body: bombs.deflate,
    },
    { what: 'a bomb of zstd', status: 413, headers: { 'content-encoding': 'zstd' }, body: bombs.zstd },
    { what: 'a path that is not served', status: 404, path: '/v1/profiles' },
    { what: 'another verb', status: 405, method: 'PUT' },
    { what: 'no token', status: 401, headers: { authorization: '' } },
  ])('$status to $what', async ({ status, what: _, ...request }) => {
    expect((await post(request)).status).toBe(status);
    await expectServing();
  });

  it.each([
    { what: 'headers that never end', status: 408, bytes: 'POST /v1/logs HTTP/1.1\r\nHost: a\r\n' },
    {
      what: 'a body that never ends',
      status: 408,
      bytes:
        `POST /v1/logs HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n` +
        'Content-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nhalf',
    },
    {
      what: 'a chunk that is none',
      status: 400,
      bytes:
        `POST /v1/logs HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n` +
        'Content-Type: application/x-protobuf\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    },
    { what: 'noise', status: 400, bytes: '\u0000\u0001\u0002 noise that is nothing\r\n\r\n' },
    { what: 'a gRPC client', status: 400, bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { what: 'headers that are too large', status: 431, bytes: `GET / HTTP/1.1\r\nA: ${'a'.repeat(100_000)}` },
  ])('$status to $what, and hangs up', async ({ bytes, status }) => {
    using socket = await openSocket(http);
    socket.send(bytes);
    await socket.closed;
    expect(socket.received).toContain(`HTTP/1.1 ${status} `);
    await expectServing();
  });
});

describe('the running command answers by gRPC', () => {
  const compressed = (encoding: string, message: Uint8Array) => ({
    headers: { 'grpc-encoding': encoding },
    message,
    compressed: true,
  });

  it.each([
    { what: 'malformed protobuf', code: GrpcStatus.INVALID_ARGUMENT, message: cutShort },
    { what: 'no message', code: GrpcStatus.INVALID_ARGUMENT, body: new Uint8Array() },
    { what: 'half a message', code: GrpcStatus.INVALID_ARGUMENT, body: Buffer.from('0000000009ff', 'hex') },
    { what: 'two messages', code: GrpcStatus.INVALID_ARGUMENT, body: Buffer.alloc(10) },
    {
      what: 'an encoding that is not true',
      code: GrpcStatus.INVALID_ARGUMENT,
      ...compressed('gzip', sampleRequest('logs')),
    },
    {
      what: 'an encoding that is not known',
      code: GrpcStatus.UNIMPLEMENTED,
      ...compressed('br', sampleRequest('logs')),
    },
    { what: 'an encoding that is not named', code: GrpcStatus.INTERNAL, compressed: true },
    {
      what: 'a method that is not served',
      code: GrpcStatus.UNIMPLEMENTED,
      headers: { ':path': '/a.B/Export' },
    },
    {
      what: 'a message that is too large',
      code: GrpcStatus.RESOURCE_EXHAUSTED,
      message: Buffer.alloc(5 * MIB),
    },
    {
      what: 'a message that says it is too large',
      code: GrpcStatus.RESOURCE_EXHAUSTED,
      body: framePrefix(2 ** 31, false),
      unfinished: true,
    },
    { what: 'a bomb of gzip', code: GrpcStatus.RESOURCE_EXHAUSTED, ...compressed('gzip', bombs.gzip) },
    {
      what: 'a bomb of deflate',
      code: GrpcStatus.RESOURCE_EXHAUSTED,
      ...compressed('deflate', bombs.deflate),
    },
    { what: 'a bomb of zstd', code: GrpcStatus.RESOURCE_EXHAUSTED, ...compressed('zstd', bombs.zstd) },
    {
      what: 'half a message that stays so',
      code: GrpcStatus.DEADLINE_EXCEEDED,
      body: Buffer.from('0000000009ff', 'hex'),
      unfinished: true,
    },
    { what: 'a wrong token', code: GrpcStatus.UNAUTHENTICATED, headers: { authorization: 'Bearer x' } },
  ])('$code to $what', async ({ code, what: _, ...request }) => {
    const { trailers } = await call(request);
    expect(trailers['grpc-status']).toBe(String(code));
    await expectServing();
  });

  it('HTTP 415 to another content type', async () => {
    const { headers } = await call({ headers: { 'content-type': 'application/json' } });
    expect(headers[':status']).toBe(415);
  });

  it.each(['POST /v1/logs HTTP/1.1\r\nHost: a\r\n\r\n', 'noise that is nothing\r\n\r\n'])(
    'nothing to %j, and hangs up',
    async (bytes) => {
      using socket = await openSocket(grpc);
      socket.send(bytes);
      await socket.closed;
      await expectServing();
    },
  );
});

describe('the running command survives', () => {
  it('hundreds of connections that are cut in the middle, on both ports', async () => {
    const body =
      'POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\nContent-Length: 99\r\n\r\nx';
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x40\x01\x04';
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const [address, text] = index % 2 === 0 ? [http, body] : [grpc, preface];
          const socket = await openSocket(address);
          socket.send(Buffer.from(text, 'latin1').subarray(0, 1 + ((index * 13 + round * 7) % text.length)));
          if (index % 3 === 0) socket.socket.resetAndDestroy();
          else socket.socket.destroy();
        }),
      );
    }
    await expectServing();
  });

  it('noise of all lengths on both ports', async () => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        using socket = await openSocket(index % 2 === 0 ? http : grpc);
        socket.send(randomBytes(1 + index * 97));
        socket.socket.end();
        await socket.closed;
      }),
    );
    await expectServing();
  });

  it('clients that open streams only to reset them', async () => {
    const session = connect(`http://${grpc}`);
    session.on('error', () => {});
    for (let each = 0; each < 2_000 && !session.closed && !session.destroyed; each++) {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/x',
        'content-type': 'application/grpc',
      });
      stream.on('error', () => {});
      stream.close(8);
      if (each % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    session.destroy();
    await expectServing();
  });
});

describe('after all of it', () => {
  it('the command has not complained, stops as asked, and has lost nothing that it took', async () => {
    expect(dataflow.log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
    expect(dataflow.stdout).toMatch(
      /^pipeline default\/main: received (\d+), exported \1, failed 0, dropped 0$/m,
    );
  });
});

describe('the memory of the running command', () => {
  // The default time-out: this many at once take their time on a machine under load.
  beforeAll(async () => {
    await dataflow[Symbol.asyncDispose]();
    await start('30s');
  });

  it('comes back after bombs and oversized bodies, many at a time', async () => {
    // What attacks need stays with the allocator, in pieces that come and go; ten more must not need more than that.
    const first = await mibAfterEachOf(10);
    const then = await mibAfterEachOf(10);
    await expectServing();
    expect(Math.min(...then)).toBeLessThan(Math.max(...first) + 96);
    expect(Math.min(...then)).toBeLessThan(640);
  });

  async function mibAfterEachOf(attacks: number): Promise<number[]> {
    const resident: number[] = [];
    for (let each = 0; each < attacks; each++) {
      await attack();
      resident.push(await residentMib());
    }
    return resident;
  }

  async function attack(): Promise<void> {
    const answers = await Promise.all(
      Object.entries(bombs).flatMap(([encoding, bomb]) =>
        Array.from({ length: 8 }, async () => {
          const byHttp = await post({ headers: { 'content-encoding': encoding }, body: bomb });
          const byGrpc = await call({
            headers: { 'grpc-encoding': encoding },
            message: bomb,
            compressed: true,
          });
          const tooLarge = await post({ body: Buffer.alloc(5 * MIB) });
          return [byHttp.status, byGrpc.trailers['grpc-status'], tooLarge.status].join();
        }),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['413,8,413']));
  }

  async function residentMib(): Promise<number> {
    const status = await readFile(`/proc/${dataflow.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }
});
