import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GrpcStatus } from '../../src/authoring.js';
import type { PipelineSummary } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { callGrpc } from '../receivers/otlp/grpc-client.js';
import { callHttp } from '../receivers/otlp/http-client.js';

const TOKEN = 'the-right-token';

/** What is behind the guard. */
let backend: OtlpGrpcServer;
beforeEach(async () => {
  backend = await OtlpGrpcServer.start();
});
afterEach(() => backend.stop());

const bearer = (config: object): object => ({ type: 'extension:bearer_token_auth', config });

const receiver = (capabilities: Readonly<Record<string, string>>): object => ({
  type: 'receiver:otlp',
  capabilities,
  config: {
    protocols: {
      grpc: { listening_addr: '127.0.0.1:0', wait_for_result: true },
      http: { listening_addr: '127.0.0.1:0', wait_for_result: true },
    },
  },
});

/** A gateway that lets in who bears the token. */
const gateway = (config: object = { token: TOKEN }): object =>
  onePipeline({
    extensions: { guard: bearer(config) },
    nodes: {
      in: receiver({ bearer_token_authorizer: 'guard' }),
      out: { type: 'exporter:otlp_grpc', config: { grpc_endpoint: backend.endpoint } },
    },
    connections: [{ from: 'in', to: 'out' }],
  });

/** An edge that sends to the gateway with a token. */
const edge = (gatewayIs: RunningEngine, exporter: 'otlp_grpc' | 'otlp_http', config: object): object =>
  onePipeline({
    extensions: { auth: bearer(config) },
    nodes: {
      in: receiver({}),
      out: {
        type: `exporter:${exporter}`,
        capabilities: { bearer_token_provider: 'auth' },
        config:
          exporter === 'otlp_grpc'
            ? { grpc_endpoint: `http://${gatewayIs.address('in', 'grpc')}` }
            : { endpoint: `http://${gatewayIs.address('in', 'http')}` },
      },
    },
    connections: [{ from: 'in', to: 'out' }],
  });

const summary = (counts: Partial<PipelineSummary>): readonly PipelineSummary[] => [
  { group: 'default', pipeline: 'main', received: 0, exported: 0, failed: 0, dropped: 0, ...counts },
];

describe.each(['otlp_grpc', 'otlp_http'] as const)('exporter:%s towards a guarded receiver', (exporter) => {
  it('gets its data through with the right token', async () => {
    await using guarded = await RunningEngine.start(gateway());
    await using sending = await RunningEngine.start(edge(guarded, exporter, { token: TOKEN }));
    const request = sampleRequest('traces', { records: 3 });
    const answer = await callHttp(sending.address('in', 'http'), { path: '/v1/traces', body: request });
    expect(answer.status).toBe(200);
    expect(backend.received.map(({ bytes }) => bytes)).toEqual([Buffer.from(request)]);
    expect(await sending.stop()).toEqual(summary({ received: 3, exported: 3 }));
    expect(await guarded.stop()).toEqual(summary({ received: 3, exported: 3 }));
  });

  it('gets nothing through with a wrong token, and whoever sent the data may try again', async () => {
    await using guarded = await RunningEngine.start(gateway());
    await using sending = await RunningEngine.start(edge(guarded, exporter, { token: 'a-wrong-token' }));
    const answer = await callHttp(sending.address('in', 'http'), { body: sampleRequest('logs') });
    expect(answer.status).toBe(503);
    expect(answer.rpcStatus?.message).toContain('the bearer token is not valid');
    expect(answer.rpcStatus?.message).toContain(exporter === 'otlp_grpc' ? 'UNAUTHENTICATED' : 'HTTP 401');
    expect(backend.received).toEqual([]);
    expect(await sending.stop()).toEqual(summary({ received: 1, failed: 1 }));
    expect(await guarded.stop()).toEqual(summary({}));
  });

  it('goes on after both sides took up a rotated token', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rotation-'));
    try {
      const token_file = join(folder, 'token');
      await writeFile(token_file, 'first\n');
      const clock = new FakeClock();
      await using guarded = await RunningEngine.start(gateway({ token_file }), { clock });
      await using sending = await RunningEngine.start(edge(guarded, exporter, { token_file }), { clock });
      const send = async () =>
        (await callHttp(sending.address('in', 'http'), { body: sampleRequest('logs') })).status;
      expect(await send()).toBe(200);
      await writeFile(token_file, 'second\n');
      const rotations = () =>
        [guarded, sending].filter(({ log }) => log.text.includes('holds another value')).length;
      while (rotations() < 2) await clock.advance(5_000);
      expect(await send()).toBe(200);
      expect(backend.received).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a guarded receiver', () => {
  let guarded: RunningEngine;
  beforeEach(async () => {
    guarded = await RunningEngine.start(gateway());
  });
  afterEach(() => guarded.stop());

  const overHttp = (authorization: string | undefined, path = '/v1/logs') =>
    callHttp(guarded.address('in', 'http'), {
      path,
      headers: authorization === undefined ? {} : { authorization },
      body: sampleRequest('logs'),
    });

  const overGrpc = (authorization: string | undefined) =>
    callGrpc(guarded.address('in', 'grpc'), 'logs', sampleRequest('logs'), {
      metadata: authorization === undefined ? {} : { authorization },
    });

  it('answers a request without a token with 401 and a challenge', async () => {
    const answer = await overHttp(undefined);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="otlp"');
  });

  it.each(['Bearer wrong', 'bearer', 'Bearer  ', `Bearer ${TOKEN} ${TOKEN}`])(
    'answers %j with 401 and a challenge that names the error',
    async (authorization) => {
      const answer = await overHttp(authorization);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="otlp", error="invalid_token"');
    },
  );

  it('takes another scheme for no bearer token at all', async () => {
    const answer = await overHttp(`Basic ${Buffer.from(`user:${TOKEN}`).toString('base64')}`);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="otlp"');
  });

  it.each([undefined, 'Bearer wrong'])('answers a gRPC call with %j with UNAUTHENTICATED', async (header) => {
    expect((await overGrpc(header)).code).toBe(GrpcStatus.UNAUTHENTICATED);
  });

  it('lets in who bears the token, over both protocols', async () => {
    expect((await overHttp(`bearer ${TOKEN}`)).status).toBe(200);
    expect((await overGrpc(`Bearer ${TOKEN}`)).code).toBe(GrpcStatus.OK);
    expect(backend.received).toHaveLength(2);
  });

  it('lets nothing of what it refused through', async () => {
    for (const authorization of [undefined, 'Bearer wrong', 'Basic dXNlcjpwYXNz']) {
      await overHttp(authorization);
      await overGrpc(authorization);
    }
    expect(backend.received).toEqual([]);
    expect(await guarded.stop()).toEqual(summary({}));
  });

  it('shows no token in its log', async () => {
    await overHttp('Bearer a-wrong-token');
    await overHttp(`Bearer ${TOKEN}`);
    await eventually(() => backend.received.length === 1);
    expect(guarded.log.text).not.toMatch(/a-wrong-token|the-right-token/);
  });
});
