import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ExporterNode, encodeStatusDetails, type Nack } from '../../src/authoring.js';
import { type CapturedLogger, FakeClock } from '../../src/testing/index.js';
import { eventually } from './fixtures/eventually.js';
import { payload } from './fixtures/payloads.js';
import { makeExporter as makeGrpc, noAbort } from './otlp-grpc/make-exporter.js';
import { binaryMetadata, OtlpGrpcServer } from './otlp-grpc/otlp-grpc-server.js';
import { RawHttp2Server } from './otlp-grpc/raw-http2-server.js';
import { makeExporter as makeHttp } from './otlp-http/make-exporter.js';
import { accept, OtlpHttpServer } from './otlp-http/otlp-http-server.js';

/** What a server says to one request: that it is taken, or that the same may come again later. */
type Answer = 'taken' | { readonly laterMs: number | undefined };

interface Backend {
  /** Asked for each request, with its number from 1 on. */
  answer: (request: number) => Answer | Promise<Answer>;
  requests(): number;
  exporter(clock: FakeClock, timeout?: string): { exporter: ExporterNode; logger: CapturedLogger };
  stop(): unknown;
}

async function httpBackend(): Promise<Backend> {
  const server = await OtlpHttpServer.start();
  const backend: Backend = {
    answer: () => 'taken',
    requests: () => server.received.length,
    exporter: (clock, timeout = '1h') =>
      makeHttp({ endpoint: server.endpoint, max_in_flight: 10, http: { timeout } }, { clock }),
    stop: () => server.stop(),
  };
  server.answer = async (response) => {
    const answer = await backend.answer(server.received.length);
    if (answer === 'taken') accept(response);
    else if (answer.laterMs === undefined) response.writeHead(503).end();
    else response.writeHead(503, { 'retry-after': String(answer.laterMs / 1_000) }).end();
  };
  return backend;
}

async function grpcBackend(): Promise<Backend> {
  const server = await OtlpGrpcServer.start();
  const backend: Backend = {
    answer: () => 'taken',
    requests: () => server.received.length,
    exporter: (clock, timeout = '1h') =>
      makeGrpc({ grpc_endpoint: server.endpoint, timeout, http2_keepalive_interval: null }, { clock }),
    stop: () => server.stop(),
  };
  server.answer = async () => {
    const answer = await backend.answer(server.received.length);
    if (answer === 'taken') return new Uint8Array(0);
    const busy = { code: 14, details: 'busy' };
    if (answer.laterMs === undefined) return busy;
    const details = encodeStatusDetails({ code: 14, message: 'busy', retryDelayMs: answer.laterMs });
    return { ...busy, metadata: binaryMetadata('grpc-status-details-bin', Buffer.from(details, 'base64')) };
  };
  return backend;
}

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  'exporter:otlp_grpc': grpcBackend,
  'exporter:otlp_http': httpBackend,
};

/** The first pause that a server does not ask for is a second, a fifth more or less. */
const LONGEST_FIRST_PAUSE = 1_200;

describe.each(Object.keys(backends))('a server that %s sends to and that says "later"', (name) => {
  let backend: Backend;
  let clock: FakeClock;
  let exporter: ExporterNode;
  let logger: CapturedLogger;

  beforeEach(async () => {
    backend = await (backends[name] as () => Promise<Backend>)();
    clock = new FakeClock();
    ({ exporter, logger } = backend.exporter(clock));
  });

  afterEach(async () => {
    await exporter.shutdown?.();
    await backend.stop();
  });

  function send(signal = noAbort()): Promise<string> {
    return exporter.export(payload('logs'), signal).then(
      () => 'delivered',
      ({ permanent, message, retryAfterMs }: Nack) =>
        `${permanent ? 'permanent' : 'retryable'} after ${retryAfterMs}: ${message}`,
    );
  }

  /** Whoever was sent and is not held has reached the server within this. */
  async function settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  it('is left alone for as long as it asks; then one tries, and the others follow', async () => {
    backend.answer = () => ({ laterMs: 30_000 });
    expect(await send()).toMatch(/^retryable after 30000: /);
    const held = [send(), send(), send()];
    await settled();
    await clock.advance(29_900);
    await settled();
    expect(backend.requests()).toBe(1);
    let take = (): void => {};
    backend.answer = () =>
      new Promise((resolve) => {
        take = () => resolve('taken');
      });
    await clock.advance(100);
    await eventually(() => backend.requests() === 2);
    await settled();
    expect(backend.requests()).toBe(2);
    backend.answer = () => 'taken';
    take();
    expect(await Promise.all(held)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(backend.requests()).toBe(4);
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      expect.stringMatching(/^warn: .*; trying again in 30 s, as it asks$/),
      'info: the server answers again',
    ]);
  });

  it('fails all that wait when the one that tries has no success, and says how long it asks for', async () => {
    backend.answer = () => ({ laterMs: 2_000 });
    await send();
    const held = [send(), send(), send()];
    await settled();
    backend.answer = () => ({ laterMs: 7_000 });
    await clock.advance(2_000);
    for (const outcome of await Promise.all(held)) expect(outcome).toMatch(/^retryable after 7000: /);
    expect(backend.requests()).toBe(2);
  });

  it('is left alone after the second refusal in turn when it does not say for how long', async () => {
    backend.answer = () => ({ laterMs: undefined });
    await send();
    await send();
    const held = send();
    await settled();
    expect(backend.requests()).toBe(2);
    backend.answer = () => 'taken';
    await clock.advance(LONGEST_FIRST_PAUSE);
    expect(await held).toBe('delivered');
    expect(await send()).toBe('delivered');
  });

  it('is not left alone because of one request when others were answered meanwhile', async () => {
    await send();
    let refuse = (): void => {};
    backend.answer = () =>
      new Promise((resolve) => {
        refuse = () => resolve({ laterMs: 30_000 });
      });
    const refused = send();
    await eventually(() => backend.requests() === 2);
    backend.answer = () => 'taken';
    await send();
    refuse();
    expect(await refused).toMatch(/^retryable after 30000: /);
    expect(await send()).toBe('delivered');
  });

  it('is not left alone for longer than five minutes', async () => {
    backend.answer = () => ({ laterMs: 86_400_000 });
    await send();
    const held = send();
    await settled();
    backend.answer = () => 'taken';
    await clock.advance(300_000);
    expect(await held).toBe('delivered');
  });

  it('holds nobody beyond the time-out, the end of the pipeline or the shutdown', async () => {
    await exporter.shutdown?.();
    ({ exporter, logger } = backend.exporter(clock, '10s'));
    backend.answer = () => ({ laterMs: 60_000 });
    await send();
    const late = send();
    await settled();
    await clock.advance(10_000);
    expect(await late).toMatch(/no answer within 10000 ms; the last attempt failed: /);
    const stop = new AbortController();
    const stopped = send(stop.signal);
    await settled();
    stop.abort();
    expect(await stopped).toMatch(
      /the pipeline stopped before the server answered; the last attempt failed: /,
    );
    const last = send();
    await settled();
    await exporter.shutdown?.();
    expect(await last).toMatch(/^retryable after undefined: .*the last attempt failed: /);
    expect(backend.requests()).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe('a server that greets gRPC clients and leaves', () => {
  it('is not connected to without end', async () => {
    const server = await RawHttp2Server.start();
    const clock = new FakeClock();
    const { exporter, logger } = makeGrpc(
      { grpc_endpoint: server.endpoint, timeout: '1h', http2_keepalive_interval: null },
      { clock },
    );
    server.greet = (session) => session.close();
    const outcomes = Array.from({ length: 20 }, () =>
      exporter.export(payload('logs'), noAbort()).catch((nack: Nack) => nack.permanent),
    );
    await eventually(() => logger.text.includes('; trying again'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const opened = server.sessionsOpened;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.sessionsOpened).toBe(opened);
    server.greet = () => {};
    await clock.advance(LONGEST_FIRST_PAUSE);
    await Promise.all(outcomes);
    await exporter.export(payload('logs'), noAbort());
    await exporter.shutdown();
    await server.stop();
  });
});
