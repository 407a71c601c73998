import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type AuthorizationDecision, BearerTokenAuthorizer, type Secret } from '../../../src/authoring.js';
import { provide } from '../../../src/testing/index.js';
import { callGrpc, type GrpcAnswer } from './grpc-client.js';
import { callHttp, type HttpAnswer } from './http-client.js';
import { rawGrpcCall } from './raw-http2.js';
import { logsRequest } from './requests.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

/** Admits `good`, knows `weak` but does not permit it, refuses others, and cannot decide about `riddle`. */
class Doorman implements BearerTokenAuthorizer {
  readonly asked: (string | undefined)[] = [];

  async authorize(token: Secret | undefined): Promise<AuthorizationDecision> {
    const text = token?.reveal();
    this.asked.push(text);
    if (text === undefined) return { allowed: false, reason: 'MissingCredential' };
    if (text === 'good') return { allowed: true, identity: { subject: 'agent' } };
    if (text === 'weak') return { allowed: false, reason: 'NotPermitted' };
    if (text === 'riddle') throw new Error(`cannot look up 'riddle' at the moment`);
    return { allowed: false, reason: 'InvalidCredential' };
  }
}

interface Guarded extends AsyncDisposable {
  readonly receiver: RunningReceiver;
  readonly doorman: Doorman;
  grpc(authorization?: string | readonly string[]): Promise<GrpcAnswer>;
  http(authorization?: string | readonly string[]): Promise<HttpAnswer>;
}

async function guarded(): Promise<Guarded> {
  const doorman = new Doorman();
  const receiver = await runReceiver(undefined, { extensions: [provide(BearerTokenAuthorizer, doorman)] });
  const headers = (authorization?: string | readonly string[]) =>
    authorization === undefined ? {} : { authorization };
  return {
    receiver,
    doorman,
    grpc: (authorization) =>
      callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata: headers(authorization) }),
    http: (authorization) =>
      callHttp(receiver.http, { headers: headers(authorization), body: logsRequest() }),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

describe('a receiver with a bearer_token_authorizer', () => {
  it.each(['Bearer good', 'bearer good', 'BEARER   good'])('lets %j in', async (authorization) => {
    await using guard = await guarded();
    expect((await guard.grpc(authorization)).code).toBe(0);
    expect((await guard.http(authorization)).status).toBe(200);
    expect(guard.doorman.asked).toEqual(['good', 'good']);
    expect(guard.receiver.effect.sent).toHaveLength(2);
  });

  it.each([undefined, 'Basic Z29vZDpnb29k', 'Bearergood', ''])(
    'answers UNAUTHENTICATED and 401 with a challenge to %j, which is no bearer token',
    async (authorization) => {
      await using guard = await guarded();
      const grpc = await guard.grpc(authorization);
      expect(grpc).toMatchObject({ code: 16, message: 'a bearer token is required' });
      const http = await guard.http(authorization);
      expect(http.status).toBe(401);
      expect(http.headers['www-authenticate']).toBe('Bearer realm="otlp"');
      expect(http.rpcStatus).toEqual({
        code: 16,
        message: 'a bearer token is required',
        retryDelayMs: undefined,
      });
      expect(guard.receiver.effect.sent).toHaveLength(0);
    },
  );

  it.each(['Bearer bad', 'Bearer', 'Bearer good good', 'bearer good, bearer bad'])(
    'answers UNAUTHENTICATED and 401 with invalid_token to %j',
    async (authorization) => {
      await using guard = await guarded();
      const grpc = await guard.grpc(authorization);
      expect(grpc).toMatchObject({ code: 16, message: 'the bearer token is not valid' });
      const http = await guard.http(authorization);
      expect(http.status).toBe(401);
      expect(http.headers['www-authenticate']).toBe('Bearer realm="otlp", error="invalid_token"');
      expect(guard.receiver.effect.sent).toHaveLength(0);
    },
  );

  it('takes several Authorization headers for an invalid one, though each were good', async () => {
    await using guard = await guarded();
    const twice = ['Bearer good', 'Bearer good'];
    const grpc = await rawGrpcCall(guard.receiver.grpc, { headers: { authorization: twice } }).catch(
      () => undefined,
    );
    expect(grpc?.trailers['grpc-status'] ?? '16').toBe('16');
    expect((await guard.http(twice)).status).toBe(401);
    expect(guard.doorman.asked).toEqual([]);
    expect(guard.receiver.effect.sent).toHaveLength(0);
  });

  it('answers PERMISSION_DENIED and 403 to whom it knows but does not permit', async () => {
    await using guard = await guarded();
    const message = 'the bearer of this token may not send data here';
    expect(await guard.grpc('Bearer weak')).toMatchObject({ code: 7, message });
    const http = await guard.http('Bearer weak');
    expect(http.status).toBe(403);
    expect(http.headers['www-authenticate']).toBeUndefined();
    expect(http.rpcStatus).toEqual({ code: 7, message, retryDelayMs: undefined });
    expect(guard.receiver.effect.sent).toHaveLength(0);
  });

  it('answers UNAVAILABLE and 503 when it cannot be decided, and says so once, without the token', async () => {
    await using guard = await guarded();
    const message = 'the request could not be authorized now; come back later';
    expect(await guard.grpc('Bearer riddle')).toMatchObject({ code: 14, message, retryDelayMs: 1_000 });
    const http = await guard.http('Bearer riddle');
    expect(http.status).toBe(503);
    expect(http.headers['retry-after']).toBe('1');
    expect(guard.receiver.effect.sent).toHaveLength(0);
    const { log } = guard.receiver;
    const lines = log.lines.filter(({ level }) => level === 'error');
    expect(lines.map(({ fields }) => fields['error'])).toEqual([
      `cannot look up '[REDACTED]' at the moment`,
      `cannot look up '[REDACTED]' at the moment`,
    ]);
    await guard.http('Bearer riddle');
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(log.text).not.toContain('riddle');
  });

  it('lets nothing in while the authorizer takes longer than the timeout', async () => {
    const never: BearerTokenAuthorizer = { authorize: () => new Promise(() => {}) };
    const extensions = [provide(BearerTokenAuthorizer, never)];
    await using receiver = await runReceiver(undefined, { extensions });
    const grpc = callGrpc(receiver.grpc, 'logs', logsRequest());
    const http = callHttp(receiver.http, { body: logsRequest() });
    let answered = 0;
    for (const call of [grpc, http]) void call.finally(() => answered++);
    while (answered < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await receiver.clock.advance(5_000);
    }
    expect((await grpc).code).toBe(14);
    expect((await http).status).toBe(503);
    expect(receiver.effect.sent).toHaveLength(0);
  });

  it('decides before it reads the body', async () => {
    await using guard = await guarded();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const open = request(`http://${guard.receiver.http}/v1/logs`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-length': 1_000_000,
          authorization: 'Bearer bad',
        },
      });
      open.on('response', (response) => {
        resolve(response.statusCode);
        open.destroy();
      });
      open.on('error', reject);
      // Nothing of the body is ever sent.
      open.flushHeaders();
    });
    expect(status).toBe(401);
    const unfinished = { headers: { authorization: 'Bearer bad' }, body: Buffer.from([0]), unfinished: true };
    const grpc = await rawGrpcCall(guard.receiver.grpc, unfinished);
    expect(grpc.headers['grpc-status']).toBe('16');
  });
});

it.each([
  ['bad', '16'],
  ['good', '3'],
])('a malformed call is told so only when it may send at all: %s gets %s', async (token, status) => {
  await using guard = await guarded();
  const answer = await rawGrpcCall(guard.receiver.grpc, {
    headers: { authorization: `Bearer ${token}` },
    body: Buffer.from('0200000000', 'hex'),
  });
  expect(answer.trailers['grpc-status']).toBe(status);
});
