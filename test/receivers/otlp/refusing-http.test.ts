import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { callHttp } from './http-client.js';
import { openSocket } from './raw-socket.js';
import { logsRequest, malformedProtobuf } from './requests.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

const MIB = 1024 * 1024;
const json = { 'content-type': 'application/json' };

describe('OTLP over HTTP refuses', () => {
  let receiver: RunningReceiver;
  beforeAll(async () => {
    receiver = await runReceiver({ http: {} });
  });
  afterAll(async () => receiver[Symbol.asyncDispose]());
  afterEach(async () => {
    // Whatever a test did, nothing of it got through, and the next request is served.
    expect(receiver.effect.sent).toHaveLength(0);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
    receiver.effect.sent.length = 0;
  });

  it('an unknown path with 404', async () => {
    const answer = await callHttp(receiver.http, { path: '/v1/profiles', body: logsRequest() });
    expect(answer.status).toBe(404);
    expect(answer.rpcStatus).toEqual({
      code: 12,
      message: `nothing is served at '/v1/profiles'; OTLP has /v1/traces, /v1/metrics and /v1/logs`,
      retryDelayMs: undefined,
    });
  });

  it.each(['http://receiver', 'http://receiver/', 'ftp://receiver/v1/logs'])(
    'the absolute target %s with 404',
    async (target) => {
      using socket = await openSocket(receiver.http);
      socket.send(post('Content-Length: 0').replace('/v1/logs', target));
      await socket.receives('HTTP/1.1 404 Not Found');
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('%s with 405, naming what is allowed', async (method) => {
    const answer = await callHttp(receiver.http, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
    expect(answer.rpcStatus?.message).toBe('export requests are sent with POST');
  });

  it.each(['text/plain', 'application/x-protobuffer', 'application/grpc', ''])(
    'the content type %j with 415, saying why in JSON',
    async (type) => {
      const answer = await callHttp(receiver.http, {
        headers: { 'content-type': type },
        body: logsRequest(),
      });
      expect(answer.status).toBe(415);
      expect(answer.headers.accept).toBe('application/x-protobuf, application/json');
      expect(JSON.parse(answer.body.toString())).toEqual({
        code: 3,
        message: 'the content type must be application/x-protobuf or application/json',
      });
    },
  );

  it('an unknown content encoding with 415, naming the known ones', async () => {
    const answer = await callHttp(receiver.http, {
      headers: { 'content-encoding': 'br' },
      body: logsRequest(),
    });
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('identity,gzip,deflate,zstd');
  });

  it('malformed protobuf with 400, saying where in protobuf', async () => {
    const answer = await callHttp(receiver.http, { body: malformedProtobuf });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/x-protobuf');
    expect(answer.rpcStatus?.code).toBe(3);
    expect(answer.rpcStatus?.message).toMatch(/resource_?[lL]ogs/);
  });

  it.each([
    ['what is not JSON', '{"resourceLogs":'],
    ['JSON of another shape', '{"resourceLogs":7}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['an empty body', ''],
  ])('%s as JSON with 400, saying why in JSON', async (_, body) => {
    const answer = await callHttp(receiver.http, { headers: json, body });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.rpcStatus?.code).toBe(3);
    expect(answer.rpcStatus?.message).not.toBe('');
  });

  it.each(['gzip', 'deflate', 'zstd'])(
    'a body that is not the %s it claims to be with 400',
    async (encoding) => {
      const answer = await callHttp(receiver.http, {
        headers: { 'content-encoding': encoding },
        body: logsRequest(),
      });
      expect(answer.status).toBe(400);
      expect(answer.rpcStatus?.message).toMatch(`the message is not valid ${encoding} data: `);
    },
  );

  it('a body that is announced too large with 413, before it is sent', async () => {
    using socket = await openSocket(receiver.http);
    socket.send(post('Content-Length: 4194305'));
    await socket.receives('HTTP/1.1 413 Payload Too Large');
    await socket.receives('connection: close');
    await socket.receives('the body is larger than the limit of 4194304 bytes');
    expect(socket.received).not.toContain('100 Continue');
  });

  it('a body that is announced too large with 413 also to a client that sends it all first', async () => {
    const answer = await callHttp(receiver.http, { body: Buffer.alloc(12 * MIB) });
    expect(answer.status).toBe(413);
    expect(answer.rpcStatus).toEqual({
      code: 8,
      message: 'the body is larger than the limit of 4194304 bytes',
      retryDelayMs: undefined,
    });
  });

  it('a body that turns out too large with 413, and closes', async () => {
    using socket = await openSocket(receiver.http);
    socket.send(post('Transfer-Encoding: chunked'));
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    for (let sent = 0; sent <= 64; sent++) socket.send(chunk);
    await socket.receives('HTTP/1.1 413 Payload Too Large');
    // The client keeps on sending, which cannot go on for ever.
    await receiver.clock.advance(2_200);
    await socket.closed;
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(64 * MIB))],
    ['zstd', zstdCompressSync(Buffer.alloc(64 * MIB))],
  ])('a %s bomb with 413', async (encoding, body) => {
    const answer = await callHttp(receiver.http, { headers: { 'content-encoding': encoding }, body });
    expect(answer.status).toBe(413);
    expect(answer.rpcStatus?.message).toBe(
      'the decompressed message is larger than the limit of 4194304 bytes',
    );
  });

  it('a request that is sent by halves with 408, and closes', async () => {
    using socket = await openSocket(receiver.http);
    socket.send(`${post('Content-Length: 1000')}half`);
    await served(receiver);
    await receiver.clock.advance(30_200);
    await socket.receives('HTTP/1.1 408 Request Timeout');
    await receiver.clock.advance(2_200);
    await socket.closed;
  });

  it('headers that never end with 408, and closes', async () => {
    await using hasty = await runReceiver({ http: { timeout: '200ms' } });
    using socket = await openSocket(hasty.http);
    socket.send('POST /v1/logs HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    await socket.receives('HTTP/1.1 408 Request Timeout');
    await hasty.clock.advance(2_200);
    await socket.closed;
  }, 10_000);

  it('headers that are too large with 431', async () => {
    using socket = await openSocket(receiver.http);
    socket.send(`POST /v1/logs HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`);
    await socket.receives('HTTP/1.1 431 Request Header Fields Too Large');
    await receiver.clock.advance(2_200);
    await socket.closed;
  });

  it.each([
    ['noise', 'noise that is no request\r\n\r\n'],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['two lengths', post('Content-Length: 5', 'Content-Length: 6')],
    ['a length and chunks', post('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['no Host', 'POST /v1/logs HTTP/1.1\r\n\r\n'],
  ])('%s with 400', async (_, bytes) => {
    using socket = await openSocket(receiver.http);
    socket.send(bytes);
    await socket.receives('HTTP/1.1 400 Bad Request');
    await receiver.clock.advance(2_200);
    await socket.closed;
  });

  it('a chunk that is none with 400, in the middle of the body', async () => {
    using socket = await openSocket(receiver.http);
    socket.send(`${post('Transfer-Encoding: chunked')}5\r\nhello\r\n`);
    await served(receiver);
    socket.send('zz\r\n');
    await socket.receives('HTTP/1.1 400 Bad Request');
    await socket.receives('the request is not valid HTTP');
    await receiver.clock.advance(2_200);
    await socket.closed;
  });

  it('nothing of a connection that is cut within the headers, the body or a chunk', async () => {
    for (const bytes of [
      'POST /v1/lo',
      `${post('Content-Length: 9')}half`,
      `${post('Transfer-Encoding: chunked')}5\r\nhe`,
    ]) {
      using socket = await openSocket(receiver.http);
      socket.send(bytes);
      await served(receiver);
      socket.socket.resetAndDestroy();
      await socket.closed;
    }
  });
});

describe('accept_compressed_requests: false', () => {
  it('refuses compressed bodies with 415 and takes others', async () => {
    await using receiver = await runReceiver({ http: { accept_compressed_requests: false } });
    const body = gzipSync(logsRequest());
    const answer = await callHttp(receiver.http, { headers: { 'content-encoding': 'gzip' }, body });
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('identity');
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
  });
});

describe('a connection', () => {
  it('is kept for the next request after a small one was refused', async () => {
    await using receiver = await runReceiver({ http: {} });
    using socket = await openSocket(receiver.http);
    socket.send(`${post('Content-Length: 3')}abc`.replace('x-protobuf', 'nonsense'));
    await socket.receives('HTTP/1.1 415');
    socket.send(post('Content-Length: 0'));
    await socket.receives('HTTP/1.1 200 OK');
  });
});

describe('a good request with garbage behind it', () => {
  const good = `${post(`Content-Length: ${logsRequest().length}`)}${Buffer.from(logsRequest()).toString('latin1')}`;
  const garbage = 'GARBAGE\r\n\r\n';
  const statusLines = (received: string) => received.match(/HTTP\/1\.1 \d+/g);

  it('in the same packet is taken, and its answer is the last of the connection', async () => {
    await using receiver = await runReceiver({ http: {} });
    using socket = await openSocket(receiver.http);
    socket.send(Buffer.from(`${good}${garbage}`, 'latin1'));
    await socket.closed;
    expect(statusLines(socket.received)).toEqual(['HTTP/1.1 200']);
    expect(socket.received.toLowerCase()).toContain('connection: close');
    expect(receiver.effect.sent).toHaveLength(1);
  });

  it('is taken though the pipeline is slow and the garbage goes on', async () => {
    const room = Promise.withResolvers<void>();
    await using receiver = await runReceiver({ http: {} }, { downstream: () => room.promise });
    using socket = await openSocket(receiver.http);
    socket.send(Buffer.from(`${good}${garbage}`, 'latin1'));
    await served(receiver);
    socket.send(garbage);
    await served(receiver);
    expect(socket.received).toBe('');
    room.resolve();
    await socket.closed;
    expect(statusLines(socket.received)).toEqual(['HTTP/1.1 200']);
    expect(socket.received.toLowerCase()).toContain('connection: close');
  });

  it('is taken with those before it on the connection, of which only the last closes', async () => {
    await using receiver = await runReceiver({ http: {} });
    using socket = await openSocket(receiver.http);
    socket.send(Buffer.from(`${good}${good}${good}${garbage}`, 'latin1'));
    await socket.closed;
    expect(statusLines(socket.received)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(
      socket.received
        .toLowerCase()
        .match(/connection: [a-z-]+/g)
        ?.at(-1),
    ).toBe('connection: close');
    expect(receiver.effect.sent).toHaveLength(3);
  });

  it('is refused for what is wrong with it, and the garbage for itself', async () => {
    await using receiver = await runReceiver({ http: {} });
    using socket = await openSocket(receiver.http);
    socket.send(`${post('Content-Length: 3').replace('x-protobuf', 'nonsense')}abc${garbage}`);
    await socket.closed;
    expect(statusLines(socket.received)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 400']);
  });
});

function post(...headers: string[]): string {
  const fixed = ['POST /v1/logs HTTP/1.1', 'Host: receiver', 'Content-Type: application/x-protobuf'];
  return `${[...fixed, ...headers].join('\r\n')}\r\n\r\n`;
}

/** When a later request was answered, what was sent before it has arrived. */
async function served(receiver: RunningReceiver): Promise<void> {
  await callHttp(receiver.http, { body: '' });
}
