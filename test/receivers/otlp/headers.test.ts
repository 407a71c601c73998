import { describe, expect, it } from '@jest/globals';
import {
  type HeaderDecision,
  HttpServerMiddleware,
  type IncomingRequest,
  type Pdata,
  Secret,
} from '../../../src/authoring.js';
import { provide } from '../../../src/testing/index.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { rawGrpcCall } from './raw-http2.js';
import { openSocket } from './raw-socket.js';
import { logsJson, logsRequest } from './requests.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

const includeHeaders = ['x-tenant', 'authorization'];

/** The metadata of what the receiver sent, in the clear. */
const metadataOf = ({ metadata }: Pdata): object | undefined =>
  metadata && Object.fromEntries([...metadata.names()].map((name) => [name, metadata.reveal(name)]));

const kept = (receiver: RunningReceiver) => receiver.effect.sent.map(({ pdata }) => metadataOf(pdata));

describe('receiver:otlp with include_headers', () => {
  it('keeps those headers of a request with its data, over both protocols', async () => {
    await using receiver = await runReceiver(undefined, { includeHeaders });
    const metadata = { 'x-tenant': 'acme', 'x-other': 'not wanted' };
    await callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata });
    await callHttp(receiver.http, { headers: { 'X-Tenant': 'Globex' }, body: logsRequest() });
    await callHttp(receiver.http, {
      headers: { 'content-type': 'application/json', 'x-tenant': 'json', authorization: 'Basic x' },
      body: logsJson,
    });
    expect(kept(receiver)).toEqual([
      { 'x-tenant': 'acme' },
      { 'x-tenant': 'Globex' },
      { 'x-tenant': 'json', authorization: 'Basic x' },
    ]);
  });

  it('keeps nothing of a request without them', async () => {
    await using receiver = await runReceiver(undefined, { includeHeaders });
    await callGrpc(receiver.grpc, 'logs', logsRequest());
    await callHttp(receiver.http, { headers: { 'x-tenant': '' }, body: logsRequest() });
    expect(receiver.effect.sent.map(({ pdata }) => pdata.metadata)).toEqual([undefined, undefined]);
  });

  it('keeps nothing when it is not told to', async () => {
    await using receiver = await runReceiver();
    await callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata: { 'x-tenant': 'acme' } });
    await callHttp(receiver.http, { headers: { 'x-tenant': 'acme' }, body: logsRequest() });
    expect(receiver.effect.sent.map(({ pdata }) => pdata.metadata)).toEqual([undefined, undefined]);
  });

  it('joins the values of a header that stands several times', async () => {
    await using receiver = await runReceiver(undefined, { includeHeaders });
    await callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata: { 'x-tenant': ['acme', 'globex'] } });
    await callHttp(receiver.http, { headers: { 'x-tenant': ['acme', 'globex'] }, body: logsRequest() });
    expect(kept(receiver)).toEqual([{ 'x-tenant': 'acme, globex' }, { 'x-tenant': 'acme, globex' }]);
  });

  it.each([
    ['is not ASCII', 'caf\xe9', /cannot be sent; use visible ASCII/],
    ['is too long', 'a'.repeat(8_193), /is longer than 8192 characters/],
  ])('refuses a request whose value %s, and does not show the value', async (_what, value, problem) => {
    await using receiver = await runReceiver(undefined, { includeHeaders });
    const http = await callHttp(receiver.http, { headers: { 'x-tenant': value }, body: logsRequest() });
    expect(http.status).toBe(400);
    expect(http.rpcStatus?.message).toMatch(/^request metadata: the value of 'x-tenant' /);
    expect(http.rpcStatus?.message).toMatch(problem);
    expect(http.rpcStatus?.message).not.toContain(value);
    const grpc = await rawGrpcCall(receiver.grpc, { headers: { 'x-tenant': value } });
    expect(grpc.trailers['grpc-status']).toBe('3');
    expect(receiver.effect.sent).toEqual([]);
    expect(receiver.log.text).not.toContain(value);
  });

  it('takes line breaks in a value for the end of the header, as HTTP does, and goes on serving', async () => {
    await using receiver = await runReceiver(undefined, { includeHeaders });
    const body = logsRequest();
    using socket = await openSocket(receiver.http);
    socket.send(
      `POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\nx-tenant: acme\r\n` +
        `x-injected: 1\r\ncontent-length: ${body.byteLength}\r\n\r\n`,
    );
    socket.send(body);
    await socket.receives('200 OK');
    using bare = await openSocket(receiver.http);
    bare.send(`POST /v1/logs HTTP/1.1\r\nhost: x\r\nx-tenant: ac\rme\r\ncontent-length: 0\r\n\r\n`);
    await bare.receives('400 Bad Request');
    expect(kept(receiver)).toEqual([{ 'x-tenant': 'acme' }]);
  });

  it('shows no value in its log, nor in what is inspected', async () => {
    await using receiver = await runReceiver(undefined, { includeHeaders });
    await callHttp(receiver.http, { headers: { authorization: 'Bearer swordfish' }, body: logsRequest() });
    expect(kept(receiver)).toEqual([{ authorization: 'Bearer swordfish' }]);
    expect(receiver.log.text).not.toContain('swordfish');
  });
});

/** Admits who has a key, knows whose keys are whose, refuses others, and cannot decide about `riddle`. */
class Doorman implements HttpServerMiddleware {
  readonly asked: IncomingRequest[] = [];

  async checkHeaders(request: IncomingRequest): Promise<HeaderDecision> {
    this.asked.push(request);
    const key = request.headers.get('x-key')?.reveal();
    switch (key) {
      case undefined:
        return { allowed: false, reason: 'MissingCredential', message: 'the header x-key is required' };
      case 'acme-key':
        return { allowed: true, metadata: new Map([['x-tenant', new Secret('acme')]]) };
      case 'plain':
        return { allowed: true };
      case 'unfit':
        return { allowed: true, metadata: new Map([['x-tenant', new Secret('a\r\nb: c')]]) };
      case 'weak':
        return { allowed: false, reason: 'NotPermitted', message: 'not here' };
      case 'riddle':
        throw new Error(`cannot look up 'riddle' at the moment`);
      default:
        return { allowed: false, reason: 'InvalidCredential', message: 'the header x-key is not valid' };
    }
  }
}

async function guarded() {
  const doorman = new Doorman();
  const extensions = [provide(HttpServerMiddleware, doorman)];
  const receiver = await runReceiver(undefined, { extensions, includeHeaders });
  const metadata = (key: string | undefined) => (key === undefined ? {} : { 'x-key': key });
  return {
    receiver,
    doorman,
    grpc: (key?: string) => callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata: metadata(key) }),
    http: (key?: string, headers = {}) =>
      callHttp(receiver.http, { headers: { ...metadata(key), ...headers }, body: logsRequest() }),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

describe('receiver:otlp with an http_server_middleware', () => {
  it('asks it once a request, with all headers but those that are none', async () => {
    await using door = await guarded();
    expect((await door.grpc('plain')).code).toBe(0);
    expect((await door.http('plain', { 'X-Zone': ['eu', 'us'] })).status).toBe(200);
    expect(door.doorman.asked.map(({ protocol, signal }) => [protocol, signal])).toEqual([
      ['grpc', 'logs'],
      ['http', 'logs'],
    ]);
    for (const { headers } of door.doorman.asked) {
      expect([...headers.keys()].filter((name) => name.startsWith(':') || /[A-Z]/.test(name))).toEqual([]);
    }
    expect(door.doorman.asked[1]?.headers.get('x-zone')?.reveal()).toBe('eu, us');
  });

  it('lets what it says go with the data, before what the client says', async () => {
    await using door = await guarded();
    await door.http('acme-key', { 'x-tenant': 'globex', authorization: 'Basic x' });
    await door.grpc('acme-key');
    expect(kept(door.receiver)).toEqual([
      { 'x-tenant': 'acme', authorization: 'Basic x' },
      { 'x-tenant': 'acme' },
    ]);
  });

  it.each([
    [undefined, 16, 401, 'the header x-key is required'],
    ['wrong', 16, 401, 'the header x-key is not valid'],
    ['weak', 7, 403, 'not here'],
  ])('refuses %j with gRPC status %d and HTTP %d', async (key, code, status, message) => {
    await using door = await guarded();
    expect(await door.grpc(key)).toMatchObject({ code, message });
    const http = await door.http(key);
    expect(http.status).toBe(status);
    expect(http.rpcStatus).toMatchObject({ code, message });
    expect(http.headers['www-authenticate']).toBe(status === 401 ? 'ApiKey realm="otlp"' : undefined);
    expect(door.receiver.effect.sent).toEqual([]);
  });

  it.each(['riddle', 'unfit'])(
    'lets nothing in and asks to come back when it cannot decide about %j, without showing it',
    async (key) => {
      await using door = await guarded();
      const message = 'the request could not be authorized now; come back later';
      expect(await door.grpc(key)).toMatchObject({ code: 14, message, retryDelayMs: 1_000 });
      expect((await door.http(key)).status).toBe(503);
      expect((await door.http(key)).status).toBe(503);
      expect(door.receiver.effect.sent).toEqual([]);
      expect(door.receiver.log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
      expect(door.receiver.log.text).toContain('the http_server_middleware could not decide');
      expect(door.receiver.log.text).not.toContain(key);
    },
  );

  it('takes an answer that is not a clear yes for a no', async () => {
    // What a middleware written in JavaScript may answer.
    const answer = { allowed: 'yes', reason: 'because', message: 'yes' };
    const careless = { checkHeaders: async () => answer } as unknown as HttpServerMiddleware;
    const extensions = [provide(HttpServerMiddleware, careless)];
    await using receiver = await runReceiver(undefined, { extensions });
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(401);
    expect(receiver.effect.sent).toEqual([]);
  });

  it('refuses larger headers than data can carry along', async () => {
    const names = ['x-a', 'x-b', 'x-c', 'x-d', 'x-e'];
    await using receiver = await runReceiver(undefined, { includeHeaders: names });
    const metadata = Object.fromEntries(names.map((name) => [name, 'v'.repeat(7_000)]));
    const answer = await callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata });
    expect(answer).toMatchObject({
      code: 3,
      message: 'request metadata holds at most 32768 characters of names and values, not 35015',
    });
  });

  it('refuses more headers than data can carry along', async () => {
    const extensions = [
      provide(HttpServerMiddleware, {
        checkHeaders: async () => ({
          allowed: true,
          metadata: new Map(Array.from({ length: 32 }, (_, n) => [`x-${n}`, new Secret('v')])),
        }),
      }),
    ];
    await using receiver = await runReceiver(undefined, { extensions, includeHeaders });
    const answer = await callHttp(receiver.http, { headers: { 'x-tenant': 'a' }, body: logsRequest() });
    expect(answer.status).toBe(400);
    expect(answer.rpcStatus?.message).toBe('request metadata holds at most 32 headers, not 33');
  });
});
