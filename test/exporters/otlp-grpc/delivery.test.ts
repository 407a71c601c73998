import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  encodeExportResponse,
  encodeRpcStatus,
  GrpcStatus,
  grpcStatusName,
  type Nack,
  Secret,
  signals,
} from '../../../src/authoring.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { binaryMetadata, OtlpGrpcServer } from './otlp-grpc-server.js';
import { RawHttp2Server } from './raw-http2-server.js';

let server: OtlpGrpcServer;
let made: MadeExporter;

beforeEach(async () => {
  server = await OtlpGrpcServer.start();
  made = makeExporter({ grpc_endpoint: server.endpoint });
});

afterEach(async () => {
  await made.exporter.shutdown();
  server.stop();
});

async function nackOf(delivery: Promise<unknown>): Promise<Nack> {
  return delivery.then(
    () => {
      throw new Error('it was delivered');
    },
    (nack: Nack) => nack,
  );
}

describe('an accepted request', () => {
  it.each(signals)('arrives byte for byte at the service of %s', async (signal) => {
    const data = payload(signal, 1_000);
    await made.exporter.export(data, noAbort());
    expect(server.received.map((request) => request.signal)).toEqual([signal]);
    expect(server.received[0]?.bytes).toEqual(Buffer.from(data.bytes));
  });

  it('may be larger than all HTTP/2 windows', async () => {
    const data = payload('logs', 20_000_000);
    await made.exporter.export(data, noAbort());
    expect(server.received[0]?.bytes.equals(data.bytes)).toBe(true);
  });

  it('says who sends, how long it may take, and what was configured', async () => {
    await made.exporter.shutdown();
    made = makeExporter({
      grpc_endpoint: server.endpoint,
      timeout: '7s',
      headers: { 'X-Scope-OrgID': 'tenant-1' },
    });
    await made.exporter.export(payload('traces'), noAbort());
    const { metadata, timeLeftMs } = server.received[0] as (typeof server.received)[0];
    expect(metadata.get('user-agent')[0]).toMatch(/^OTel-OTLP-Exporter-JavaScript\/\d+\.\d+\.\d+/);
    expect(metadata.get('x-scope-orgid')).toEqual(['tenant-1']);
    expect(timeLeftMs).toBeGreaterThan(6_000);
    expect(timeLeftMs).toBeLessThanOrEqual(7_000);
  });

  it('takes many calls at the same time on the connections, in turn', async () => {
    const raw = await RawHttp2Server.start();
    const several = makeExporter({ grpc_endpoint: raw.endpoint, num_connections: 3 });
    await Promise.all(Array.from({ length: 30 }, () => several.exporter.export(payload('logs'), noAbort())));
    expect(raw.calls).toHaveLength(30);
    expect(raw.sessionsOpened).toBe(3);
    await several.exporter.shutdown();
    await raw.stop();
  });

  it('allows as many exports at the same time as configured, 5 by default', () => {
    expect(made.exporter.maxInFlight).toBe(5);
  });
});

describe('compression', () => {
  it.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['zstd', zstdDecompressSync],
  ] as const)('sends %s and says so', async (compression, decompress) => {
    const raw = await RawHttp2Server.start();
    const compressing = makeExporter({ grpc_endpoint: raw.endpoint, compression });
    const data = payload('metrics', 200_000);
    await compressing.exporter.export(data, noAbort());
    const call = raw.calls[0] as (typeof raw.calls)[0];
    expect(call.headers['grpc-encoding']).toBe(compression);
    expect(call.body[0]).toBe(1);
    expect(call.body.readUInt32BE(1)).toBe(call.body.length - 5);
    expect(decompress(call.body.subarray(5)).equals(data.bytes)).toBe(true);
    await compressing.exporter.shutdown();
    await raw.stop();
  });

  it('is understood by a real server', async () => {
    const compressing = makeExporter({ grpc_endpoint: server.endpoint, compression: 'gzip' });
    const data = payload('metrics', 200_000);
    await compressing.exporter.export(data, noAbort());
    expect(server.received[0]?.bytes.equals(data.bytes)).toBe(true);
    await compressing.exporter.shutdown();
  });

  it.each(['gzip', 'deflate', 'zstd'] as const)('of a response by %s is read', async (encoding) => {
    const raw = await RawHttp2Server.start();
    raw.respond = (stream) =>
      raw.reply(stream, encodeExportResponse({ rejected: 3, errorMessage: 'too old' }), { encoding });
    const reader = makeExporter({ grpc_endpoint: raw.endpoint });
    expect(await reader.exporter.export(payload('logs'), noAbort())).toEqual({
      rejectedItems: 3,
      reason: 'too old',
    });
    await reader.exporter.shutdown();
    await raw.stop();
  });
});

describe('a partial success', () => {
  it('says how many items were rejected, and why, on one line that cannot flood a log', async () => {
    server.answer = () => encodeExportResponse({ rejected: 12, errorMessage: 'timestamps too old' });
    expect(await made.exporter.export(payload('traces'), noAbort())).toEqual({
      rejectedItems: 12,
      reason: 'timestamps too old',
    });
    server.answer = () => encodeExportResponse({ rejected: 1, errorMessage: 'x\n'.repeat(100_000) });
    const partial = await made.exporter.export(payload('traces'), noAbort());
    expect(partial?.reason.length).toBeLessThan(600);
    expect(partial?.reason).not.toContain('\n');
  });

  it('that rejects nothing is a delivery with a remark', async () => {
    server.answer = () => encodeExportResponse({ rejected: 0, errorMessage: 'old schema' });
    expect(await made.exporter.export(payload('traces'), noAbort())).toBeUndefined();
    expect(made.logger.lines.map(({ level, fields }) => [level, fields['reason']])).toEqual([
      ['debug', 'old schema'],
    ]);
  });

  it('that cannot be read is still a delivery', async () => {
    server.answer = () => Uint8Array.of(0xff, 0xff, 0xff);
    await made.exporter.export(payload('traces'), noAbort());
    expect(made.logger.lines.map((line) => line.level)).toEqual(['debug']);
  });
});

describe('a refused request', () => {
  const retryable = [
    GrpcStatus.CANCELLED,
    GrpcStatus.DEADLINE_EXCEEDED,
    GrpcStatus.ABORTED,
    GrpcStatus.OUT_OF_RANGE,
    GrpcStatus.UNAVAILABLE,
    GrpcStatus.DATA_LOSS,
  ];
  const permanent = Object.values(GrpcStatus).filter(
    (code) => code !== 0 && !retryable.includes(code as never),
  );

  it.each(retryable.map((code) => [grpcStatusName(code), code]))(
    'with %s may be retried',
    async (name, code) => {
      server.answer = () => ({ code: code as number, details: 'not now' });
      const nack = await nackOf(made.exporter.export(payload('logs'), noAbort()));
      expect(nack).toMatchObject({ name: 'Nack', permanent: false, retryAfterMs: undefined });
      expect(nack.message).toBe(`127.0.0.1:${server.port}: ${name}: not now`);
    },
  );

  it.each(permanent.map((code) => [grpcStatusName(code), code]))(
    'with %s is permanent',
    async (name, code) => {
      server.answer = () => ({ code: code as number, details: 'no' });
      const nack = await nackOf(made.exporter.export(payload('logs'), noAbort()));
      expect(nack).toMatchObject({ permanent: true, message: `127.0.0.1:${server.port}: ${name}: no` });
    },
  );

  it('with RESOURCE_EXHAUSTED may be retried when the server says when', async () => {
    const status = { code: GrpcStatus.RESOURCE_EXHAUSTED, message: 'slow down', retryDelayMs: 2_500 };
    server.answer = () => ({
      code: GrpcStatus.RESOURCE_EXHAUSTED,
      details: 'slow down',
      metadata: binaryMetadata('grpc-status-details-bin', encodeRpcStatus(status)),
    });
    expect(await nackOf(made.exporter.export(payload('logs'), noAbort()))).toMatchObject({
      permanent: false,
      retryAfterMs: 2_500,
    });
  });

  it('with UNAVAILABLE keeps how long the server wants to be left alone', async () => {
    const status = { code: GrpcStatus.UNAVAILABLE, message: '', retryDelayMs: 30_000 };
    server.answer = () => ({
      code: GrpcStatus.UNAVAILABLE,
      details: '',
      metadata: binaryMetadata('grpc-status-details-bin', encodeRpcStatus(status)),
    });
    expect(await nackOf(made.exporter.export(payload('logs'), noAbort()))).toMatchObject({
      permanent: false,
      retryAfterMs: 30_000,
    });
  });

  it('shows what the server said on one line and not at length', async () => {
    server.answer = () => ({ code: GrpcStatus.INVALID_ARGUMENT, details: `bad\nü ${'x'.repeat(3_000)}` });
    const { message } = await nackOf(made.exporter.export(payload('logs'), noAbort()));
    expect(message).toContain('INVALID_ARGUMENT: bad ü xxx');
    expect(message.length).toBeLessThan(600);
  });
});

describe('headers that are too large to be sent', () => {
  const many = (count: number) => ({
    changeHeaders: async () =>
      Array.from({ length: count }, (_, index) => ({
        name: `x-${index}`,
        action: 'upsert' as const,
        value: new Secret('v'.repeat(8_000)),
      })),
  });

  it('fail the request for good and say their size, and the next one goes out on the same connection', async () => {
    const raw = await RawHttp2Server.start({ settings: { maxHeaderListSize: 1_000_000 } });
    let count = 9;
    const middleware = { changeHeaders: () => many(count).changeHeaders() };
    const large = makeExporter({ grpc_endpoint: raw.endpoint }, { middleware });
    const nack = await nackOf(large.exporter.export(payload('logs'), noAbort()));
    expect(nack.permanent).toBe(true);
    expect(nack.message).toMatch(
      new RegExp(
        `^127\\.0\\.0\\.1:${raw.port}: RESOURCE_EXHAUSTED: the headers of the request have 72\\d{3} bytes, and no more ` +
          'than 65536 can be sent; give it fewer or shorter ones$',
      ),
    );
    count = 8;
    await large.exporter.export(payload('logs'), noAbort());
    expect(raw.calls).toHaveLength(1);
    expect(raw.sessionsOpened).toBe(1);
    await large.exporter.shutdown();
    await raw.stop();
  });

  it('are held against what the server says that it takes', async () => {
    const raw = await RawHttp2Server.start({ settings: { maxHeaderListSize: 16_384 } });
    const large = makeExporter({ grpc_endpoint: raw.endpoint }, { middleware: many(2) });
    const nack = await nackOf(large.exporter.export(payload('logs'), noAbort()));
    expect(nack.permanent).toBe(true);
    expect(nack.message).toContain('and the server takes no more than 16384; give it fewer or shorter ones');
    expect(raw.calls).toEqual([]);
    await large.exporter.shutdown();
    await raw.stop();
  });
});
