import { describe, expect, it } from '@jest/globals';
import { Engine } from '../../../src/index.js';
import { CapturedLogger, FakeClock } from '../../../src/testing/index.js';
import { eventually } from '../../exporters/fixtures/eventually.js';
import { onePipeline, RunningEngine } from '../../fixtures/running-engine.js';
import { callGrpc } from './grpc-client.js';
import { callHttp } from './http-client.js';
import { logsRequest } from './requests.js';

const here = { listening_addr: '127.0.0.1:0' };

const receiver = (rateLimit: object = { rate_limit: { unit: 'items' } }): object => ({
  type: 'receiver:otlp',
  capabilities: { rate_limiter: 'budget' },
  config: { protocols: { grpc: here, http: here }, ...rateLimit },
});

const connected = (...receivers: readonly string[]): object => ({
  nodes: {
    ...Object.fromEntries(receivers.map((name) => [name, receiver()])),
    out: { type: 'exporter:noop' },
  },
  connections: [{ from: [...receivers], to: 'out' }],
});

const budget = (type: string): object => ({ budget: { type, config: { rate: 10 } } });

const send = async (engine: RunningEngine, node: string, items: number): Promise<number> =>
  (await callHttp(engine.address(node, 'http'), { body: logsRequest(items) })).status;

describe('receivers that bind one limiter', () => {
  it('share one budget with extension:token_bucket', async () => {
    const clock = new FakeClock();
    const config = onePipeline({
      extensions: budget('extension:token_bucket'),
      ...connected('left', 'right'),
    });
    await using engine = await RunningEngine.start(config, { clock });
    expect(await send(engine, 'left', 6)).toBe(200);
    expect(await send(engine, 'right', 5)).toBe(429);
    const grpc = await callGrpc(engine.address('right', 'grpc'), 'logs', logsRequest(5));
    expect(grpc).toMatchObject({ code: 8, retryDelayMs: 100 });
    expect(await send(engine, 'right', 4)).toBe(200);
    expect(await send(engine, 'left', 1)).toBe(429);
    await clock.advance(100);
    expect(await send(engine, 'left', 1)).toBe(200);
    expect(await engine.stop()).toMatchObject([{ received: 11, exported: 11 }]);
  });

  it('share it across pipelines when it is an extension of the engine', async () => {
    const config = {
      version: 'otel_dataflow/v1',
      engine: { extensions: budget('extension:token_bucket') },
      groups: { default: { pipelines: { one: connected('left'), two: connected('right') } } },
    };
    await using engine = await RunningEngine.start(config, { clock: new FakeClock() });
    expect(await send(engine, 'left', 6)).toBe(200);
    expect(await send(engine, 'right', 5)).toBe(429);
    expect(await send(engine, 'right', 4)).toBe(200);
    expect(await send(engine, 'left', 1)).toBe(429);
  });

  it('have a budget each with extension:token_bucket_per_consumer', async () => {
    const type = 'extension:token_bucket_per_consumer';
    const config = onePipeline({ extensions: budget(type), ...connected('left', 'right') });
    await using engine = await RunningEngine.start(config, { clock: new FakeClock() });
    expect(await send(engine, 'left', 10)).toBe(200);
    expect(await send(engine, 'left', 1)).toBe(429);
    expect(await send(engine, 'right', 10)).toBe(200);
    const grpc = await callGrpc(engine.address('right', 'grpc'), 'logs', logsRequest(1));
    expect(grpc.code).toBe(8);
  });
});

it('a limiter that is replaced by another limits the next request, held ones included', async () => {
  const clock = new FakeClock();
  const config = onePipeline({
    extensions: { budget: { type: 'extension:token_bucket', config: { rate: 1 } } },
    ...connected('in'),
    nodes: {
      in: receiver({ rate_limit: { unit: 'items', max_wait: '1s' } }),
      out: { type: 'exporter:noop' },
    },
  });
  await using engine = await RunningEngine.start(config, { clock });
  expect(await send(engine, 'in', 1)).toBe(200);
  expect(await send(engine, 'in', 2)).toBe(413);
  await clock.advance(100);
  const idle = clock.pending;
  const held = send(engine, 'in', 1);
  // Its own sleep, and the watch over its deadline.
  await eventually(() => clock.pending === idle + 2);
  await engine.engine.replaceExtension({ group: 'default', pipeline: 'main' }, 'budget', {
    rate: 2,
    burst: 3,
  });
  expect(await send(engine, 'in', 3)).toBe(200);
  await clock.advance(1_000);
  expect(await held).toBe(200);
  expect(await send(engine, 'in', 1)).toBe(200);
  expect(await send(engine, 'in', 4)).toBe(413);
});

describe.each(['otlp_grpc', 'otlp_http'] as const)('exporter:%s towards a limited receiver', (exporter) => {
  it('hands the time to come back on to its own client', async () => {
    const clock = new FakeClock();
    const config = onePipeline({ extensions: budget('extension:token_bucket'), ...connected('in') });
    await using limited = await RunningEngine.start(config, { clock });
    const endpoint = exporter === 'otlp_grpc' ? 'grpc_endpoint' : 'endpoint';
    const protocol = exporter === 'otlp_grpc' ? 'grpc' : 'http';
    await using edge = await RunningEngine.start(
      onePipeline({
        nodes: {
          in: {
            type: 'receiver:otlp',
            config: { protocols: { grpc: { ...here, wait_for_result: true } } },
          },
          out: {
            type: `exporter:${exporter}`,
            config: { [endpoint]: `http://${limited.address('in', protocol)}` },
          },
        },
        connections: [{ from: 'in', to: 'out' }],
      }),
    );
    const through = (items: number) => callGrpc(edge.address('in', 'grpc'), 'logs', logsRequest(items));
    expect((await through(10)).code).toBe(0);
    const later = await through(3);
    expect(later).toMatchObject({ code: 14, retryDelayMs: exporter === 'otlp_grpc' ? 300 : 1_000 });
    expect(later.message).toContain('the rate limit is reached');
    const never = await through(11);
    expect(never).toMatchObject({ code: 13, retryDelayMs: undefined });
    expect(never.message).toContain('no more than 10 at once');
    await clock.advance(300);
    expect((await through(3)).code).toBe(0);
  });
});

describe('a receiver that could believe in a limit that there is not', () => {
  const build = (node: object): Promise<Engine> =>
    Engine.fromConfig(
      onePipeline({
        extensions: budget('extension:token_bucket'),
        nodes: { in: node, out: { type: 'exporter:noop' } },
        connections: [{ from: 'in', to: 'out' }],
      }),
      { logger: new CapturedLogger() },
    );

  it.each([
    [
      'binds a limiter and does not say what to count',
      receiver({}),
      'capabilities binds rate_limiter, but rate_limit is missing: say what it counts, such as rate_limit: { unit: requests }',
    ],
    [
      'says what to count and binds no limiter',
      { ...receiver(), capabilities: {} },
      'rate_limit needs a rate_limiter: bind one in capabilities, such as rate_limiter: name-of-a-token_bucket, or remove rate_limit',
    ],
    [
      'has a budget for each caller and nobody who says who that is',
      receiver({ rate_limit: { unit: 'requests', per: 'caller' } }),
      'rate_limit.per: caller needs a bearer_token_authorizer, which says who the caller is: bind one in capabilities, or write per: all',
    ],
  ])('is not built when it %s', async (_, node, message) => {
    await expect(build(node)).rejects.toThrow(message);
  });

  it('is refused with a unit that there is not', async () => {
    await expect(build(receiver({ rate_limit: { unit: 'records' } }))).rejects.toThrow('rate_limit.unit');
  });
});
