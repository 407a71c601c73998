import { describe, expect, it } from '@jest/globals';
import { otlpServices, signals } from '../../src/authoring.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { callGrpc } from '../receivers/otlp/grpc-client.js';
import { callHttp } from '../receivers/otlp/http-client.js';
import { futureMetrics, withoutItems } from '../receivers/otlp/requests.js';

const protocol = { listening_addr: '127.0.0.1:0', wait_for_result: true };

/** Takes requests and hands them to an exporter by way of the batch processor. */
const gateway = (out: object, batch: object): object =>
  onePipeline({
    nodes: {
      in: { type: 'receiver:otlp', config: { protocols: { grpc: protocol, http: protocol } } },
      batch: { type: 'processor:batch', config: { max_batch_duration: '0s', ...batch } },
      out,
    },
    connections: [
      { from: 'in', to: 'batch' },
      { from: 'batch', to: 'out' },
    ],
  });

describe('requests without items, through a whole engine,', () => {
  it.each([
    {},
    { otlp: { sizer: 'items', max_size: 1 } },
    { otlp: { sizer: 'bytes', min_size: null, max_size: 1 } },
  ])('arrive byte for byte over gRPC with a batch processor of %j', async (batch) => {
    const backend = await OtlpGrpcServer.start();
    const out = { type: 'exporter:otlp_grpc', config: { grpc_endpoint: backend.endpoint } };
    await using running = await RunningEngine.start(gateway(out, batch));
    for (const [, signal, request] of withoutItems) {
      expect((await callGrpc(running.address('in', 'grpc'), signal, request)).code).toBe(0);
    }
    expect(backend.received.map(({ signal, bytes }) => [signal, bytes])).toEqual(
      withoutItems.map(([, signal, request]) => [signal, Buffer.from(request)]),
    );
    expect(await running.stop()).toMatchObject([{ received: 0, exported: 0, failed: 0, dropped: 0 }]);
    backend.stop();
  });

  it('arrive byte for byte over HTTP', async () => {
    const backend = await OtlpHttpServer.start();
    const out = { type: 'exporter:otlp_http', config: { endpoint: backend.endpoint } };
    await using running = await RunningEngine.start(gateway(out, {}));
    for (const [, signal, body] of withoutItems) {
      const path = otlpServices[signal].httpPath;
      expect((await callHttp(running.address('in', 'http'), { path, body })).status).toBe(200);
    }
    expect(backend.received.map(({ url, body }) => [url, body])).toEqual(
      withoutItems.map(([, signal, request]) => [otlpServices[signal].httpPath, Buffer.from(request)]),
    );
    await backend.stop();
  });

  it('are refused when they were not delivered, and the log says so', async () => {
    const out = { type: 'exporter:error', config: { message: 'no room' } };
    await using running = await RunningEngine.start(gateway(out, {}));
    for (const signal of signals) {
      const request = signal === 'metrics' ? futureMetrics('orders') : Buffer.from([0xf8, 0x06, 0x01]);
      const answer = await callGrpc(running.address('in', 'grpc'), signal, request);
      expect(answer.code).not.toBe(0);
    }
    await running.stop();
    expect(running.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ items: 0, messages: 1 }),
      expect.objectContaining({ items: 0, messages: 2 }),
    ]);
  });
});
