import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import {
  type AuthorizationDecision,
  BearerTokenAuthorizer,
  compress,
  type RateDecision,
  RateLimiter,
  type Secret,
} from '../../../src/authoring.js';
import { provide } from '../../../src/testing/index.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { limitedReceiver } from './limited-receiver.js';
import { rawGrpcCall } from './raw-http2.js';
import { futureMetrics, logsJson, logsRequest, malformedProtobuf, oneOfEach } from './requests.js';
import { runReceiver } from './running-receiver.js';

const OVER = 'the rate limit is reached; come back later';

/** Knows everybody by the token, but not `bad`. */
const authorizer: BearerTokenAuthorizer = {
  async authorize(token: Secret | undefined): Promise<AuthorizationDecision> {
    const subject = token?.reveal();
    if (subject === undefined) return { allowed: false, reason: 'MissingCredential' };
    if (subject === 'bad') return { allowed: false, reason: 'InvalidCredential' };
    return { allowed: true, identity: { subject } };
  },
};

/** Answers as it is told, and remembers what it was asked. */
class ScriptedLimiter implements RateLimiter {
  readonly asked: (readonly [amount: number, key: string | undefined])[] = [];
  readonly #answer: () => RateDecision | Promise<RateDecision>;

  constructor(answer: () => RateDecision | Promise<RateDecision>) {
    this.#answer = answer;
  }

  async take(amount: number, key?: string): Promise<RateDecision> {
    this.asked.push([amount, key]);
    return this.#answer();
  }
}

describe('a receiver over its rate limit', () => {
  it('answers 429 with Retry-After in whole seconds, rounded up, and the exact time in the body', async () => {
    await using receiver = await limitedReceiver({ rate: 2, burst: 3 }, { unit: 'requests' });
    for (let n = 0; n < 3; n++) {
      expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
    }
    const refused = await callHttp(receiver.http, {
      headers: { connection: 'keep-alive' },
      body: logsRequest(),
    });
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers.connection).toBe('keep-alive');
    expect(refused.rpcStatus).toEqual({ code: 8, message: OVER, retryDelayMs: 500 });
    await receiver.clock.advance(500);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
    expect(receiver.effect.sent).toHaveLength(4);
  });

  it('says it in JSON to those who speak JSON', async () => {
    await using receiver = await limitedReceiver({ rate: 1, interval: '90s' }, { unit: 'requests' });
    const json = { headers: { 'content-type': 'application/json' }, body: logsJson };
    expect((await callHttp(receiver.http, json)).status).toBe(200);
    const refused = await callHttp(receiver.http, json);
    expect(refused.headers['retry-after']).toBe('90');
    expect(JSON.parse(refused.body.toString())).toEqual({
      code: 8,
      message: OVER,
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '90s' }],
    });
  });

  it('answers RESOURCE_EXHAUSTED with RetryInfo, without which OTLP takes it for final', async () => {
    await using receiver = await limitedReceiver({ rate: 4, burst: 1 }, { unit: 'requests' });
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
    const refused = await callGrpc(receiver.grpc, 'logs', logsRequest());
    expect(refused).toMatchObject({ code: 8, message: OVER, retryDelayMs: 250 });
    await receiver.clock.advance(250);
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
    expect(receiver.effect.sent).toHaveLength(2);
  });

  it('has one budget for both protocols and all signals', async () => {
    await using receiver = await limitedReceiver({ rate: 4 }, { unit: 'requests' });
    for (const [signal, body] of oneOfEach) {
      expect((await callGrpc(receiver.grpc, signal, body)).code).toBe(0);
    }
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(429);
    expect((await callGrpc(receiver.grpc, 'traces', logsRequest())).code).toBe(8);
  });

  it('says so in its log at once and then seldom', async () => {
    await using receiver = await limitedReceiver({ rate: 1, interval: '1h' }, { unit: 'requests' });
    for (let n = 0; n < 4; n++) await callHttp(receiver.http, { body: logsRequest() });
    const warnings = () => receiver.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings()).toEqual([
      {
        level: 'warn',
        message: 'requests are refused because they are more than rate_limiter grants',
        fields: { unit: 'requests', requests: 1 },
      },
    ]);
    await receiver.clock.advance(30_000);
    await callHttp(receiver.http, { body: logsRequest() });
    expect(warnings()[1]?.fields).toEqual({ unit: 'requests', requests: 3 });
  });
});

describe('rate_limit.unit: requests', () => {
  it('is decided before the body is read', async () => {
    await using receiver = await limitedReceiver({ rate: 1 }, { unit: 'requests' });
    await callHttp(receiver.http, { body: logsRequest() });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const open = request(`http://${receiver.http}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', 'content-length': 1_000_000 },
      });
      open.on('response', (response) => {
        resolve(response.statusCode);
        open.destroy();
      });
      open.on('error', reject);
      // Nothing of the body is ever sent.
      open.flushHeaders();
    });
    expect(status).toBe(429);
    const grpc = await rawGrpcCall(receiver.grpc, { body: Buffer.from([0]), unfinished: true });
    expect(grpc.headers['grpc-status']).toBe('8');
  });

  it('charges whatever comes in, malformed and empty requests too, but not what has no address here', async () => {
    const limiter = new ScriptedLimiter(() => ({ outcome: 'granted' }));
    const options = { extensions: [provide(RateLimiter, limiter)], rateLimit: { unit: 'requests' } as const };
    await using receiver = await runReceiver(undefined, options);
    await callHttp(receiver.http, { body: malformedProtobuf });
    await callHttp(receiver.http, { body: '' });
    expect(limiter.asked).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
    await callHttp(receiver.http, { path: '/elsewhere', body: logsRequest() });
    await callHttp(receiver.http, { headers: { 'content-type': 'text/plain' }, body: logsRequest() });
    expect(limiter.asked).toHaveLength(2);
  });

  it('charges what turns out to be too large, but not what says so itself', async () => {
    const limiter = new ScriptedLimiter(() => ({ outcome: 'granted' }));
    const options = { extensions: [provide(RateLimiter, limiter)], rateLimit: { unit: 'requests' } as const };
    await using receiver = await runReceiver({ http: { max_request_body_size: '1KiB' } }, options);
    const body = new Uint8Array(2_000);
    expect((await callHttp(receiver.http, { body })).status).toBe(413);
    expect(limiter.asked).toEqual([]);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await callHttp(receiver.http, { headers: chunked, body })).status).toBe(413);
    expect(limiter.asked).toEqual([[1, undefined]]);
  });
});

describe('rate_limit.unit: items', () => {
  it('charges spans, data points and log records, and nothing for a request without any', async () => {
    await using receiver = await limitedReceiver({ rate: 10 }, { unit: 'items' });
    expect((await callHttp(receiver.http, { body: logsRequest(7) })).status).toBe(200);
    const refused = await callGrpc(receiver.grpc, 'logs', logsRequest(5));
    expect(refused).toMatchObject({ code: 8, message: OVER, retryDelayMs: 200 });
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest(3))).code).toBe(0);
    expect((await callHttp(receiver.http, { body: logsRequest(1) })).status).toBe(429);
    expect((await callHttp(receiver.http, { body: '' })).status).toBe(200);
    expect((await callHttp(receiver.http, { body: malformedProtobuf })).status).toBe(400);
    expect(receiver.effect.sent.map(({ pdata }) => pdata.itemCount)).toEqual([7, 3]);
  });

  it('charges one for what goes on without an item that can be counted', async () => {
    await using receiver = await limitedReceiver({ rate: 2 }, { unit: 'items' });
    const body = futureMetrics('orders', 'returns');
    const answers = [1, 2, 3].map(() => callHttp(receiver.http, { path: '/v1/metrics', body }));
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect(receiver.effect.sent).toHaveLength(2);
  });

  it('refuses for good what is more than a burst, and says how much is possible', async () => {
    await using receiver = await limitedReceiver({ rate: 10, burst: 20 }, { unit: 'items' });
    const message =
      'the request has 21 items, and the rate limit allows no more than 20 at once; send smaller ones';
    const http = await callHttp(receiver.http, { body: logsRequest(21) });
    expect(http.status).toBe(413);
    expect(http.headers['retry-after']).toBeUndefined();
    expect(http.rpcStatus).toEqual({ code: 3, message, retryDelayMs: undefined });
    const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest(21));
    expect(grpc).toMatchObject({ code: 3, message, retryDelayMs: undefined });
    expect(receiver.log.lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message:
          'requests are refused for good because each asks for more than rate_limiter ever grants at once; ' +
          'raise its burst, or let clients send smaller ones',
        fields: { unit: 'items', requests: 1 },
      },
    ]);
    expect((await callHttp(receiver.http, { body: logsRequest(20) })).status).toBe(200);
  });
});

it('rate_limit.unit: bytes charges the same for the same data, compressed or not, protobuf or JSON', async () => {
  const limiter = new ScriptedLimiter(() => ({ outcome: 'granted' }));
  const options = { extensions: [provide(RateLimiter, limiter)], rateLimit: { unit: 'bytes' } as const };
  await using receiver = await runReceiver(undefined, options);
  const body = logsRequest(2, 5_000);
  await callHttp(receiver.http, { body });
  await callHttp(receiver.http, {
    headers: { 'content-encoding': 'gzip' },
    body: await compress(body, 'gzip'),
  });
  await callGrpc(receiver.grpc, 'logs', body, { compression: 2 });
  const records = `{"body":{"stringValue":"${'x'.repeat(5_000)}"}}`;
  await callHttp(receiver.http, {
    headers: { 'content-type': 'application/json' },
    body: `{ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [${records},\n${records}] }] }] }`,
  });
  expect(limiter.asked.map(([amount]) => amount)).toEqual(new Array(4).fill(body.byteLength));
  expect(receiver.effect.sent).toHaveLength(4);
});

describe('a rate limit behind an authorizer', () => {
  const extensions = [provide(BearerTokenAuthorizer, authorizer)];
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, body: logsRequest() });

  it.each(['requests', 'items', 'bytes'] as const)('lets nobody spend %s who may not send', async (unit) => {
    const limiter = new ScriptedLimiter(() => ({ outcome: 'granted' }));
    await using receiver = await runReceiver(undefined, {
      extensions: [...extensions, provide(RateLimiter, limiter)],
      rateLimit: { unit },
    });
    expect((await callHttp(receiver.http, as('bad'))).status).toBe(401);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(401);
    const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest(), {
      metadata: { authorization: 'Bearer bad' },
    });
    expect(grpc.code).toBe(16);
    expect(limiter.asked).toEqual([]);
  });

  it.each(['requests', 'items'] as const)(
    'has a budget of %s for each caller with per: caller',
    async (unit) => {
      await using receiver = await limitedReceiver({ rate: 1 }, { unit, per: 'caller' }, { extensions });
      expect((await callHttp(receiver.http, as('red'))).status).toBe(200);
      expect((await callHttp(receiver.http, as('red'))).status).toBe(429);
      expect((await callHttp(receiver.http, as('blue'))).status).toBe(200);
      const metadata = { authorization: 'Bearer red' };
      expect((await callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata })).code).toBe(8);
    },
  );

  it('charges no client that left before the authorizer had decided', async () => {
    const decided = Promise.withResolvers<AuthorizationDecision>();
    let asked = 0;
    const slow: BearerTokenAuthorizer = {
      authorize: () => {
        asked += 1;
        return decided.promise;
      },
    };
    const limiter = new ScriptedLimiter(() => ({ outcome: 'granted' }));
    await using receiver = await runReceiver(
      { http: { max_concurrent_requests: 1, timeout: '1s' } },
      {
        extensions: [provide(BearerTokenAuthorizer, slow), provide(RateLimiter, limiter)],
        rateLimit: { unit: 'requests' },
      },
    );
    const late = callHttp(receiver.http, as('red'));
    await eventually(() => asked === 1);
    await receiver.clock.advance(1_100);
    expect((await late).status).toBe(503);
    decided.resolve({ allowed: true, identity: { subject: 'red' } });
    expect((await callHttp(receiver.http, as('red'))).status).toBe(200);
    expect(limiter.asked).toHaveLength(1);
  });

  it('has one budget for all callers without it', async () => {
    await using receiver = await limitedReceiver({ rate: 1 }, { unit: 'requests' }, { extensions });
    expect((await callHttp(receiver.http, as('red'))).status).toBe(200);
    expect((await callHttp(receiver.http, as('blue'))).status).toBe(429);
  });
});

describe('a rate limiter that cannot decide', () => {
  it.each([
    ['requests', () => Promise.reject(new Error('the store is away')), 'the store is away'],
    ['items', () => Promise.reject(new Error('the store is away')), 'the store is away'],
    [
      'bytes',
      () => ({ outcome: 'later', retryAfterMs: Number.NaN }) as const,
      'its answer is none that a rate_limiter gives',
    ],
    [
      'requests',
      () => ({ outcome: 'later', retryAfterMs: Number.POSITIVE_INFINITY }) as const,
      'its answer is none that a rate_limiter gives',
    ],
    ['requests', () => ({}) as RateDecision, 'its answer is none that a rate_limiter gives'],
  ] as const)(
    'lets no %s through, asks to come back, and is logged once in a while',
    async (unit, answer, error) => {
      const limiter = new ScriptedLimiter(answer);
      const options = { extensions: [provide(RateLimiter, limiter)], rateLimit: { unit } };
      await using receiver = await runReceiver(undefined, options);
      const message = 'the rate limit could not be checked now; come back later';
      const http = await callHttp(receiver.http, { body: logsRequest() });
      expect(http.status).toBe(503);
      expect(http.headers['retry-after']).toBe('1');
      expect(http.rpcStatus).toEqual({ code: 14, message, retryDelayMs: 1_000 });
      const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest());
      expect(grpc).toMatchObject({ code: 14, message, retryDelayMs: 1_000 });
      const errors = () => receiver.log.lines.filter(({ level }) => level === 'error');
      const line = 'the rate_limiter could not decide; requests are refused until it can';
      expect(errors()).toEqual([{ level: 'error', message: line, fields: { error, unreported: 0 } }]);
      await receiver.clock.advance(10_000);
      await callHttp(receiver.http, { body: logsRequest() });
      expect(errors()[1]?.fields).toEqual({ error, unreported: 1 });
      expect(receiver.effect.sent).toEqual([]);
    },
  );

  it.each(['requests', 'items'] as const)(
    'is not waited for longer than the timeout, by %s',
    async (unit) => {
      const limiter = new ScriptedLimiter(() => new Promise(() => {}));
      const options = { extensions: [provide(RateLimiter, limiter)], rateLimit: { unit } };
      await using receiver = await runReceiver(undefined, options);
      const http = callHttp(receiver.http, { body: logsRequest() });
      const grpc = callGrpc(receiver.grpc, 'logs', logsRequest());
      let answered = 0;
      for (const call of [grpc, http]) void call.finally(() => answered++);
      while (answered < 2) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await receiver.clock.advance(5_000);
      }
      expect((await http).rpcStatus?.message).toBe(
        'the rate limit could not be checked now; come back later',
      );
      expect((await http).status).toBe(503);
      expect((await grpc).code).toBe(14);
      expect(receiver.effect.sent).toEqual([]);
    },
  );

  it.each(['requests', 'items'] as const)(
    'whose yes comes after the timeout lets nothing through, by %s',
    async (unit) => {
      const yes = Promise.withResolvers<RateDecision>();
      const limiter = new ScriptedLimiter(() => yes.promise);
      const options = { extensions: [provide(RateLimiter, limiter)], rateLimit: { unit } };
      await using receiver = await runReceiver({ http: { max_concurrent_requests: 1 } }, options);
      const late = callHttp(receiver.http, { body: logsRequest() });
      await eventually(() => limiter.asked.length === 1);
      await receiver.clock.advance(30_100);
      expect((await late).status).toBe(503);
      yes.resolve({ outcome: 'granted' });
      // Its place is free only now, so this one comes after it.
      expect((await callHttp(receiver.http, { body: logsRequest(2) })).status).toBe(200);
      expect(receiver.effect.sent.map(({ pdata }) => pdata.itemCount)).toEqual([2]);
    },
  );
});
