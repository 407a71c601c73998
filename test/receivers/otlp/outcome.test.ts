import { describe, expect, it } from '@jest/globals';
import { GrpcStatus, Nack } from '../../../src/authoring.js';
import type { CapturedLogger, Sent } from '../../../src/testing/index.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { logsJson, logsRequest } from './requests.js';
import { runReceiver } from './running-receiver.js';

const waiting = { grpc: { wait_for_result: true }, http: { wait_for_result: true } };
const nackWith = (nack: Nack) => ({ downstream: ({ completion }: Sent) => completion.nack(nack) });

/** Lets sockets and promises do what they can until `done`. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('without wait_for_result', () => {
  it('a request is answered when its data is queued, whatever becomes of it', async () => {
    await using receiver = await runReceiver(undefined, nackWith(Nack.permanent('the backend refused')));
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
  });

  it('a full queue holds the answer back', async () => {
    const room = Promise.withResolvers<void>();
    await using receiver = await runReceiver(undefined, { downstream: () => room.promise });
    const answers: string[] = [];
    const calls = [
      callGrpc(receiver.grpc, 'logs', logsRequest()).then(({ code }) => answers.push(`grpc ${code}`)),
      callHttp(receiver.http, { body: logsRequest() }).then(({ status }) => answers.push(`http ${status}`)),
    ];
    await until(() => receiver.effect.sent.length === 2);
    expect(answers).toEqual([]);
    room.resolve();
    await Promise.all(calls);
    expect(answers.sort()).toEqual(['grpc 0', 'http 200']);
  });

  it('a pipeline that is stopped by force is something to come back from', async () => {
    const downstream = () => Promise.reject(Nack.retryable('the pipeline is stopping'));
    await using receiver = await runReceiver(undefined, { downstream });
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(GrpcStatus.UNAVAILABLE);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(503);
  });
});

describe('with wait_for_result', () => {
  it('a request is answered when its data was delivered', async () => {
    const sent: Sent[] = [];
    await using receiver = await runReceiver(waiting, { downstream: (each) => void sent.push(each) });
    let answered = 0;
    const calls = [
      callGrpc(receiver.grpc, 'logs', logsRequest()).finally(() => answered++),
      callHttp(receiver.http, { body: logsRequest() }).finally(() => answered++),
    ] as const;
    await until(() => sent.length === 2);
    expect(answered).toBe(0);
    for (const { completion } of sent) completion.ack();
    const [grpc, http] = await Promise.all(calls);
    expect([grpc.code, http.status]).toEqual([0, 200]);
  });

  it('a permanent failure is INTERNAL and 500, which OTLP does not retry', async () => {
    await using receiver = await runReceiver(waiting, nackWith(Nack.permanent('the backend refused: größe')));
    const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest());
    expect(grpc).toMatchObject({ code: 13, message: 'the backend refused: größe', retryDelayMs: undefined });
    const http = await callHttp(receiver.http, { body: logsRequest() });
    expect(http.status).toBe(500);
    expect(http.headers['content-type']).toBe('application/x-protobuf');
    expect(http.headers['retry-after']).toBeUndefined();
    expect(http.rpcStatus).toEqual({
      code: 13,
      message: 'the backend refused: größe',
      retryDelayMs: undefined,
    });
  });

  it('a retryable failure is UNAVAILABLE and 503', async () => {
    await using receiver = await runReceiver(waiting, nackWith(Nack.retryable('the backend is down')));
    const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest());
    expect(grpc).toMatchObject({ code: 14, message: 'the backend is down', retryDelayMs: undefined });
    const http = await callHttp(receiver.http, { body: logsRequest() });
    expect(http.status).toBe(503);
    expect(http.headers['retry-after']).toBeUndefined();
    expect(http.rpcStatus).toEqual({ code: 14, message: 'the backend is down', retryDelayMs: undefined });
  });

  it('how long to wait is passed on, as RetryInfo and Retry-After', async () => {
    const nack = Nack.retryable('slow down', { retryAfterMs: 2_500 });
    await using receiver = await runReceiver(waiting, nackWith(nack));
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).retryDelayMs).toBe(2_500);
    const json = await callHttp(receiver.http, {
      headers: { 'content-type': 'application/json' },
      body: logsJson,
    });
    expect(json.status).toBe(503);
    expect(json.headers['content-type']).toBe('application/json');
    expect(json.headers['retry-after']).toBe('3');
    expect(JSON.parse(json.body.toString())).toEqual({
      code: 14,
      message: 'slow down',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.5s' }],
    });
  });

  it.each([
    [Number.POSITIVE_INFINITY, 86_400_000],
    [2 ** 63 * 1_000, 86_400_000],
    [-1, 0],
    [Number.NaN, undefined],
  ])('a wait of %d ms, which no answer can carry, is passed on as %s ms', async (retryAfterMs, ms) => {
    const nack = Nack.retryable('slow down', { retryAfterMs });
    await using receiver = await runReceiver(waiting, nackWith(nack));
    const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest());
    expect(grpc).toMatchObject({ code: 14, retryDelayMs: ms });
    const http = await callHttp(receiver.http, { body: logsRequest() });
    expect(http.rpcStatus).toEqual({ code: 14, message: 'slow down', retryDelayMs: ms });
    expect(http.headers['retry-after']).toBe(ms === undefined ? undefined : String(ms / 1_000));
    const json = { headers: { 'content-type': 'application/json' }, body: logsJson };
    const details: unknown[] =
      JSON.parse((await callHttp(receiver.http, json)).body.toString()).details ?? [];
    expect(details).toEqual(
      ms === undefined
        ? []
        : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${ms / 1_000}s` }],
    );
  });

  it('a reason too long for a header list is cut for gRPC', async () => {
    await using receiver = await runReceiver(waiting, nackWith(Nack.retryable('x'.repeat(100_000))));
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).message).toHaveLength(1_000);
  });
});

describe('the timeout', () => {
  const silent = { downstream: () => new Promise<void>(() => {}) };

  it('answers DEADLINE_EXCEEDED and 504 when the pipeline does not', async () => {
    await using receiver = await runReceiver(waiting, silent);
    const grpc = callGrpc(receiver.grpc, 'logs', logsRequest());
    const http = callHttp(receiver.http, { body: logsRequest() });
    await until(() => receiver.effect.sent.length === 2);
    await receiver.clock.advance(29_900);
    await receiver.clock.advance(300);
    expect(await grpc).toMatchObject({
      code: 4,
      message: 'the pipeline did not answer in time; the data may still be delivered',
    });
    expect((await http).status).toBe(504);
    expect((await http).rpcStatus?.code).toBe(4);
  });

  it("is the client's when that is shorter", async () => {
    await using receiver = await runReceiver(waiting, silent);
    const call = callGrpc(receiver.grpc, 'logs', logsRequest(), { metadata: { 'grpc-timeout': '5S' } });
    await until(() => receiver.effect.sent.length === 1);
    await receiver.clock.advance(5_200);
    expect((await call).code).toBe(GrpcStatus.DEADLINE_EXCEEDED);
  });
});

describe('max_concurrent_requests', () => {
  it('tells those over it to come back: RESOURCE_EXHAUSTED with RetryInfo, 503 with Retry-After', async () => {
    const room = Promise.withResolvers<void>();
    const one = { max_concurrent_requests: 1, max_concurrent_streams: 10 };
    await using receiver = await runReceiver(
      { grpc: one, http: { max_concurrent_requests: 1 } },
      { downstream: () => room.promise },
    );
    const first = [
      callGrpc(receiver.grpc, 'logs', logsRequest()),
      callHttp(receiver.http, { body: logsRequest() }),
    ];
    await until(() => receiver.effect.sent.length === 2);
    const message = '1 requests are in work, which is the limit; come back later';
    const grpc = await callGrpc(receiver.grpc, 'logs', logsRequest());
    expect(grpc).toMatchObject({ code: 8, message, retryDelayMs: 1_000 });
    const http = await callHttp(receiver.http, { body: logsRequest() });
    expect(http.status).toBe(503);
    expect(http.headers['retry-after']).toBe('1');
    expect(http.rpcStatus).toEqual({ code: 8, message, retryDelayMs: 1_000 });
    room.resolve();
    await Promise.all(first);
    expect((await callGrpc(receiver.grpc, 'logs', logsRequest())).code).toBe(0);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
  });

  it('counts what the pipeline still works on after its client has given up', async () => {
    const room = Promise.withResolvers<void>();
    await using receiver = await runReceiver(
      { http: { max_concurrent_requests: 1 } },
      { downstream: () => room.promise },
    );
    const first = callHttp(receiver.http, { body: logsRequest() });
    await until(() => receiver.effect.sent.length === 1);
    await receiver.clock.advance(31_000);
    expect((await first).status).toBe(504);
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(503);
    room.resolve();
    await room.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect((await callHttp(receiver.http, { body: logsRequest() })).status).toBe(200);
  });
});

describe('an operator is warned', () => {
  const warnings = (log: CapturedLogger) => log.lines.filter(({ level }) => level === 'warn');

  it.each(['grpc', 'http'] as const)('of an overload over %s, at once and then seldom', async (protocol) => {
    const room = Promise.withResolvers<void>();
    const one = { max_concurrent_requests: 1, timeout: '5m' };
    await using receiver = await runReceiver(
      protocol === 'grpc' ? { grpc: { ...one, max_concurrent_streams: 10 } } : { http: one },
      { downstream: () => room.promise },
    );
    const call = (): Promise<unknown> =>
      protocol === 'grpc'
        ? callGrpc(receiver.grpc, 'logs', logsRequest())
        : callHttp(receiver.http, { body: logsRequest() });
    const first = call();
    await until(() => receiver.effect.sent.length === 1);
    expect(warnings(receiver.log)).toEqual([]);
    for (let refused = 0; refused < 3; refused++) await call();
    await receiver.clock.advance(30_000);
    await call();
    const message =
      'requests are refused because as many as max_concurrent_requests allows are in work; ' +
      'raise it, or make what follows faster';
    const fields = { protocol, max_concurrent_requests: 1 };
    expect(warnings(receiver.log)).toEqual([
      { level: 'warn', message, fields: { ...fields, requests: 1 } },
      { level: 'warn', message, fields: { ...fields, requests: 3 } },
    ]);
    room.resolve();
    await first;
  });

  it.each(['grpc', 'http'] as const)('of a pipeline that is late for %s', async (protocol) => {
    await using receiver = await runReceiver(
      { [protocol]: { timeout: '10s' } },
      { downstream: () => new Promise<void>(() => {}) },
    );
    const calls = Array.from({ length: 3 }, () =>
      protocol === 'grpc'
        ? callGrpc(receiver.grpc, 'logs', logsRequest())
        : callHttp(receiver.http, { body: logsRequest() }),
    );
    await until(() => receiver.effect.sent.length === 3);
    await receiver.clock.advance(10_200);
    await Promise.all(calls);
    expect(warnings(receiver.log)).toEqual([
      {
        level: 'warn',
        message:
          'the pipeline did not answer requests within timeout, or the shorter time that the client gave; ' +
          'raise it, or make what follows faster',
        fields: { protocol, timeoutMs: 10_000, requests: 1 },
      },
    ]);
  });
});
