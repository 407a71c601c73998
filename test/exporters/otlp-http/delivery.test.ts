import { gunzipSync, gzipSync, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeExportResponse, encodeRpcStatus, type Nack, signals } from '../../../src/authoring.js';
import { FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../fixtures/eventually.js';
import { payload } from '../fixtures/payloads.js';
import { type MadeExporter, makeExporter, noAbort } from './make-exporter.js';
import { accept, OtlpHttpServer } from './otlp-http-server.js';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };

let server: OtlpHttpServer;
const made: MadeExporter[] = [];

beforeEach(async () => {
  server = await OtlpHttpServer.start();
});

afterEach(async () => {
  await Promise.all(made.splice(0).map(({ exporter }) => exporter.shutdown()));
  await server.stop();
});

function make(...args: Parameters<typeof makeExporter>): MadeExporter {
  const one = makeExporter(...args);
  made.push(one);
  return one;
}

function send({ exporter }: MadeExporter, signal = noAbort()): Promise<unknown> {
  return exporter.export(payload('logs'), signal);
}

async function nackOf(delivery: Promise<unknown>): Promise<Nack> {
  return delivery.then(
    () => {
      throw new Error('it was delivered');
    },
    (nack: Nack) => nack,
  );
}

describe('an accepted request', () => {
  it.each(signals)('arrives byte for byte at the path of %s', async (signal) => {
    const data = payload(signal, 1_000);
    await make({ endpoint: server.endpoint }).exporter.export(data, noAbort());
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ method: 'POST', url: `/v1/${signal}` });
    expect(server.received[0]?.body).toEqual(Buffer.from(data.bytes));
  });

  it('says what it is, who sends it and what was configured', async () => {
    const headers = { 'X-Scope-OrgID': 'tenant-1' };
    await send(make({ endpoint: server.endpoint, http: { headers } }));
    expect(server.received[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'user-agent': expect.stringMatching(/^OTel-OTLP-Exporter-JavaScript\/\d+\.\d+\.\d+/),
      'x-scope-orgid': 'tenant-1',
    });
    expect(server.received[0]?.headers).not.toHaveProperty('content-encoding');
  });

  it('goes below the path of the base URL, or to the URL of its signal', async () => {
    const { exporter } = make({
      endpoint: `${server.endpoint}/otlp/`,
      metrics_endpoint: `${server.endpoint}/push?tenant=7`,
    });
    for (const signal of signals) await exporter.export(payload(signal), noAbort());
    expect(server.received.map(({ url }) => url)).toEqual([
      '/otlp/v1/traces',
      '/push?tenant=7',
      '/otlp/v1/logs',
    ]);
  });

  it('may be large', async () => {
    const data = payload('traces', 20_000_000);
    await make({ endpoint: server.endpoint }).exporter.export(data, noAbort());
    expect(server.received[0]?.body.equals(data.bytes)).toBe(true);
  });

  it('needs no body in its response, and any 2xx will do', async () => {
    server.answer = (response) => response.writeHead(204).end();
    const exporter = make({ endpoint: server.endpoint });
    await send(exporter);
    expect(exporter.logger.lines).toEqual([]);
  });

  it('uses connections again, and spreads over the clients of the pool', async () => {
    const one = make({ endpoint: server.endpoint });
    for (let request = 0; request < 10; request++) await send(one);
    const used = server.connections;
    expect(used).toBeLessThanOrEqual(2);
    const three = make({ endpoint: server.endpoint, client_pool_size: 3 });
    for (let request = 0; request < 3; request++) await send(three);
    expect(server.connections - used).toBe(3);
  });

  it('does not wait for others that are in flight', async () => {
    const held: (() => void)[] = [];
    server.answer = (response) => held.push(() => accept(response));
    const exporter = make({ endpoint: server.endpoint });
    expect(exporter.exporter.maxInFlight).toBe(5);
    const deliveries = Array.from({ length: 5 }, () => send(exporter));
    await eventually(() => held.length === 5);
    for (const release of held) release();
    await Promise.all(deliveries);
  });
});

describe('compression', () => {
  it.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['zstd', zstdDecompressSync],
  ] as const)('sends %s and says so', async (compression, decompress) => {
    const data = payload('metrics', 200_000);
    await make({ endpoint: server.endpoint, http: { compression } }).exporter.export(data, noAbort());
    const { headers, body } = server.received[0] as (typeof server.received)[0];
    expect(headers['content-encoding']).toBe(compression);
    expect(decompress(body).equals(data.bytes)).toBe(true);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('of a response by %s is read', async (encoding, compress) => {
    server.answer = (response) => {
      response.writeHead(200, { ...PROTOBUF, 'content-encoding': encoding });
      response.end(compress(encodeExportResponse({ rejected: 3, errorMessage: 'too old' })));
    };
    const exporter = make({ endpoint: server.endpoint });
    expect(await send(exporter)).toEqual({ rejectedItems: 3, reason: 'too old' });
  });

  it('cannot blow a response up beyond the limit', async () => {
    server.answer = (response) => {
      response.writeHead(503, { ...PROTOBUF, 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(50_000_000)));
    };
    expect(await nackOf(send(make({ endpoint: server.endpoint })))).toMatchObject({
      permanent: false,
      message: `${server.endpoint}/v1/logs: HTTP 503`,
    });
  });
});

describe('a partial success', () => {
  it.each([
    ['application/x-protobuf', encodeExportResponse({ rejected: 12, errorMessage: 'too old' })],
    ['application/json', '{"partialSuccess":{"rejectedLogRecords":"12","errorMessage":"too old"}}'],
  ])('in %s says how many items were rejected, and why', async (type, body) => {
    server.answer = (response) => response.writeHead(200, { 'content-type': type }).end(body);
    const exporter = make({ endpoint: server.endpoint });
    expect(await send(exporter)).toEqual({ rejectedItems: 12, reason: 'too old' });
    expect(exporter.logger.lines).toEqual([]);
  });

  it('that cannot be read is still a delivery', async () => {
    server.answer = (response) => accept(response, Uint8Array.of(0xff, 0xff));
    const exporter = make({ endpoint: server.endpoint });
    await send(exporter);
    expect(exporter.logger.lines.map((line) => line.level)).toEqual(['debug']);
  });

  it('is cut at max_response_body_length', async () => {
    let sent = 0;
    server.answer = (response) => {
      response.writeHead(200, PROTOBUF);
      const more = (): void => {
        while (sent < 200_000_000 && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) break;
        }
      };
      response.on('drain', more);
      more();
    };
    const exporter = make({ endpoint: server.endpoint, max_response_body_length: 100_000 });
    await send(exporter);
    expect(sent).toBeLessThan(20_000_000);
    expect(exporter.logger.text).toContain('the response was cut off');
  });
});

describe('a refused request', () => {
  it.each([429, 502, 503, 504])('with HTTP status %i may be retried', async (status) => {
    server.answer = (response) => response.writeHead(status, { 'content-type': 'text/plain' }).end('not now');
    expect(await nackOf(send(make({ endpoint: server.endpoint })))).toMatchObject({
      name: 'Nack',
      permanent: false,
      retryAfterMs: undefined,
      message: `${server.endpoint}/v1/logs: HTTP ${status}: not now`,
    });
  });

  it.each([400, 401, 403, 404, 405, 408, 413, 415, 500, 501, 505])(
    'with HTTP status %i is permanent',
    async (status) => {
      server.answer = (response) => response.writeHead(status).end();
      expect(await nackOf(send(make({ endpoint: server.endpoint })))).toMatchObject({
        permanent: true,
        message: `${server.endpoint}/v1/logs: HTTP ${status}`,
      });
    },
  );

  it.each([301, 302, 303, 307, 308])('with redirect %i is not followed', async (status) => {
    server.answer = (response, { url }) =>
      url === '/v1/logs'
        ? response.writeHead(status, { location: `${server.endpoint}/elsewhere?key=hunter2` }).end()
        : accept(response);
    const nack = await nackOf(send(make({ endpoint: server.endpoint })));
    expect(nack).toMatchObject({
      permanent: true,
      message:
        `${server.endpoint}/v1/logs: HTTP ${status}: the server redirects to ${server.endpoint}/elsewhere; ` +
        'redirects are not followed, configure the final endpoint',
    });
    expect(server.received).toHaveLength(1);
  });

  it('keeps Retry-After in seconds', async () => {
    server.answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end();
    expect(await nackOf(send(make({ endpoint: server.endpoint })))).toMatchObject({ retryAfterMs: 7_000 });
  });

  it('keeps Retry-After as a date', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1, 12));
    server.answer = (response) =>
      response.writeHead(503, { 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }).end();
    expect(await nackOf(send(make({ endpoint: server.endpoint }, { clock })))).toMatchObject({
      permanent: false,
      retryAfterMs: 30_000,
    });
  });

  it('shows the status in its body, and keeps the delay there when there is no Retry-After', async () => {
    server.answer = (response) => {
      response.writeHead(503, PROTOBUF);
      response.end(encodeRpcStatus({ code: 14, message: 'warming up', retryDelayMs: 1_500 }));
    };
    expect(await nackOf(send(make({ endpoint: server.endpoint })))).toMatchObject({
      permanent: false,
      retryAfterMs: 1_500,
      message: expect.stringContaining('HTTP 503: warming up'),
    });
  });

  it('shows a status in JSON, and no web page', async () => {
    server.answer = (response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"code":3,"message":"bad span"}');
    const exporter = make({ endpoint: server.endpoint });
    expect((await nackOf(send(exporter))).message).toContain('HTTP 400: bad span');
    server.answer = (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>');
    expect((await nackOf(send(exporter))).message).toMatch(/HTTP 404$/);
  });

  it('cannot flood the log', async () => {
    server.answer = (response) =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end('x\r\n'.repeat(1_000_000));
    const { message } = await nackOf(send(make({ endpoint: server.endpoint })));
    expect(message.length).toBeLessThan(600);
    expect(message).not.toContain('\n');
  });

  it('does not show the query of its URL', async () => {
    server.answer = (response) => response.writeHead(400).end();
    const exporter = make({ endpoint: server.endpoint, logs_endpoint: `${server.endpoint}/in?key=hunter2` });
    expect((await nackOf(send(exporter))).message).toBe(`${server.endpoint}/in: HTTP 400`);
  });
});

describe('a server that does not answer', () => {
  it('because it is not there may be retried', async () => {
    await server.stop();
    const exporter = make({ endpoint: server.endpoint });
    expect(await nackOf(send(exporter))).toMatchObject({
      permanent: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await OtlpHttpServer.start({ port: server.port });
    await send(exporter);
    expect(server.received).toHaveLength(1);
  });

  it('because it breaks the connection may be retried', async () => {
    server.answer = (response) => response.destroy();
    expect(await nackOf(send(make({ endpoint: server.endpoint })))).toMatchObject({ permanent: false });
  });

  it('costs no more than the time-out', async () => {
    const clock = new FakeClock();
    server.answer = () => {};
    const delivery = nackOf(send(make({ endpoint: server.endpoint, http: { timeout: '4s' } }, { clock })));
    await eventually(() => server.received.length === 1);
    await clock.advance(4_000);
    expect(await delivery).toMatchObject({
      permanent: false,
      message: `${server.endpoint}/v1/logs: no answer within 4000 ms`,
    });
  });

  it('does not hold the drain', async () => {
    server.answer = () => {};
    const drain = new AbortController();
    const delivery = nackOf(send(make({ endpoint: server.endpoint }), drain.signal));
    await eventually(() => server.received.length === 1);
    drain.abort();
    expect(await delivery).toMatchObject({
      permanent: false,
      message: expect.stringContaining('the pipeline stopped before the server answered'),
    });
  });

  it('with the rest of its response has accepted all the same', async () => {
    const clock = new FakeClock();
    let begun = false;
    server.answer = (response) => {
      response.writeHead(200, { ...PROTOBUF, 'content-length': '100' });
      response.write(Buffer.from([0x0a]));
      begun = true;
    };
    const delivery = send(make({ endpoint: server.endpoint }, { clock }));
    await eventually(() => begun);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.advance(10_000);
    await delivery;
  });
});
