import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { type Signal, signals } from '../../src/authoring.js';
import { FakeClock } from '../../src/testing/index.js';
import { eventually } from '../exporters/fixtures/eventually.js';
import { OtlpGrpcServer } from '../exporters/otlp-grpc/otlp-grpc-server.js';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { onePipeline, RunningEngine } from '../fixtures/running-engine.js';
import { recordLogs, recordMetrics, recordSpans } from '../fixtures/sdk-telemetry.js';
import { requestTypes } from '../pdata/otlp-proto.js';

/** Data of one signal that the SDK can send, and what its own serializer makes of it. */
interface Recorded {
  readonly bytes: Uint8Array;
  send(way: Way, addresses: Addresses, compression: SdkCompression): Promise<void>;
}

type Way = 'gRPC' | 'HTTP with protobuf' | 'HTTP with JSON';
type SdkCompression = 'none' | 'gzip';

interface Addresses {
  readonly grpc: string;
  readonly http: string;
}

/** The SDK's own, of which 0 is success. */
interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

interface SdkExporter<Data> {
  export(data: Data, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

type MakeExporter<Data> = new (options: { url: string; compression: never }) => SdkExporter<Data>;

function recorded<Data>(
  data: Data,
  serialized: Uint8Array | undefined,
  path: string,
  exporters: Readonly<Record<Way, MakeExporter<Data>>>,
): Recorded {
  if (serialized === undefined) throw new Error('the SDK serialized nothing');
  return {
    bytes: serialized,
    async send(way, { grpc, http }, compression) {
      const url = way === 'gRPC' ? `http://${grpc}` : `http://${http}${path}`;
      // The SDK's enumeration of compressions is not the same in each of its packages; its members are these words.
      const exporter = new exporters[way]({ url, compression: compression as never });
      const result = await new Promise<ExportResult>((resolve) => exporter.export(data, resolve));
      await exporter.shutdown();
      if (result.code !== 0) throw result.error ?? new Error('the export failed');
    },
  };
}

async function recordEverything(): Promise<Readonly<Record<Signal, Recorded>>> {
  const [spans, logs, metrics] = [[...recordSpans()], [...recordLogs()], await recordMetrics()];
  return {
    traces: recorded(spans, ProtobufTraceSerializer.serializeRequest(spans), '/v1/traces', {
      gRPC: GrpcTraces,
      'HTTP with protobuf': ProtoTraces,
      'HTTP with JSON': JsonTraces,
    }),
    logs: recorded(logs, ProtobufLogsSerializer.serializeRequest(logs), '/v1/logs', {
      gRPC: GrpcLogs,
      'HTTP with protobuf': ProtoLogs,
      'HTTP with JSON': JsonLogs,
    }),
    metrics: recorded(metrics, ProtobufMetricsSerializer.serializeRequest(metrics), '/v1/metrics', {
      gRPC: GrpcMetrics,
      'HTTP with protobuf': ProtoMetrics,
      'HTTP with JSON': JsonMetrics,
    }),
  };
}

/** What a backend took: the protobuf request, whatever it was wrapped in. */
interface Taken {
  readonly signal: Signal;
  readonly bytes: Buffer;
}

let sdk: Readonly<Record<Signal, Recorded>>;
let grpc: OtlpGrpcServer;
let http: OtlpHttpServer;

beforeAll(async () => {
  sdk = await recordEverything();
  grpc = await OtlpGrpcServer.start();
  http = await OtlpHttpServer.start();
});
afterAll(async () => {
  grpc.stop();
  await http.stop();
});
beforeEach(() => {
  grpc.received.length = 0;
  http.received.length = 0;
});

function taken(): Taken[] {
  const byHttp = http.received.map(({ body, headers, url }) => {
    const signal = signals.find((candidate) => url === `/v1/${candidate}`);
    if (signal === undefined) throw new Error(`a request arrived at ${url}`);
    return { signal, bytes: headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body };
  });
  return [...grpc.received, ...byHttp];
}

const receiver = {
  type: 'receiver:otlp',
  config: {
    protocols: {
      grpc: { listening_addr: '127.0.0.1:0', wait_for_result: true },
      http: { listening_addr: '127.0.0.1:0', wait_for_result: true },
    },
  },
};

const exporterOf = (name: 'otlp_grpc' | 'otlp_http', compression: SdkCompression): object => ({
  type: `exporter:${name}`,
  config:
    name === 'otlp_grpc'
      ? { grpc_endpoint: grpc.endpoint, compression }
      : { endpoint: http.endpoint, http: { compression } },
});

const batched = (exporter: object, batch: object): object =>
  onePipeline({
    nodes: { in: receiver, batch: { type: 'processor:batch', config: batch }, out: exporter },
    connections: [
      { from: 'in', to: 'batch' },
      { from: 'batch', to: 'out' },
    ],
  });

const direct = (exporter: object): object =>
  onePipeline({ nodes: { in: receiver, out: exporter }, connections: [{ from: 'in', to: 'out' }] });

const addressesOf = (running: RunningEngine): Addresses => ({
  grpc: running.address('in', 'grpc'),
  http: running.address('in', 'http'),
});

const ways: readonly Way[] = ['gRPC', 'HTTP with protobuf', 'HTTP with JSON'];

describe.each([
  { exporter: 'otlp_grpc', compression: 'none', batch: true },
  { exporter: 'otlp_grpc', compression: 'gzip', batch: true },
  { exporter: 'otlp_http', compression: 'none', batch: true },
  { exporter: 'otlp_http', compression: 'gzip', batch: true },
  { exporter: 'otlp_grpc', compression: 'none', batch: false },
  { exporter: 'otlp_http', compression: 'gzip', batch: false },
] as const)(
  'through exporter:$exporter (compression $compression, batch $batch)',
  ({ exporter, compression, batch }) => {
    let running: RunningEngine;
    beforeAll(async () => {
      const out = exporterOf(exporter, compression);
      running = await RunningEngine.start(batch ? batched(out, { max_batch_duration: '5ms' }) : direct(out));
    });
    afterAll(() => running.stop());

    const cases = ways.flatMap((way) => signals.map((signal) => [signal, way] as const));
    it.each(cases)('delivers the %s that the SDK sends over %s as it recorded them', async (signal, way) => {
      await sdk[signal].send(way, addressesOf(running), compression);
      expect(taken().map((request) => request.signal)).toEqual([signal]);
      expectSame(signal, way, taken()[0]?.bytes, sdk[signal].bytes);
      const encodings = http.received.map(({ headers }) => headers['content-encoding'] ?? 'none');
      expect(encodings).toEqual(exporter === 'otlp_http' ? [compression] : []);
    });
  },
);

describe('a batch of what several SDKs sent', () => {
  it('is one request that holds what each of them recorded, in the order of arrival', async () => {
    const clock = new FakeClock();
    const early = structuredClone(receiver);
    for (const protocol of Object.values(early.config.protocols)) protocol.wait_for_result = false;
    const config = onePipeline({
      nodes: {
        in: early,
        batch: { type: 'processor:batch', config: { max_batch_duration: '200ms' } },
        out: exporterOf('otlp_grpc', 'none'),
      },
      connections: [
        { from: 'in', to: 'batch' },
        { from: 'batch', to: 'out' },
      ],
    });
    await using running = await RunningEngine.start(config, { clock });
    for (const way of ways) await sdk.traces.send(way, addressesOf(running), 'none');
    expect(taken()).toEqual([]);
    await clock.advance(200);
    await eventually(() => taken().length === 1);
    const three = Buffer.concat([sdk.traces.bytes, sdk.traces.bytes, sdk.traces.bytes]);
    expect(meaning('traces', taken()[0]?.bytes)).toEqual(meaning('traces', three));
  });
});

/** Bytes are equal, except of what was JSON: the SDK writes zeros there that protobuf leaves out. */
function expectSame(signal: Signal, way: Way, received: Uint8Array | undefined, sent: Uint8Array): void {
  expect(meaning(signal, received)).toEqual(meaning(signal, sent));
  if (way === 'HTTP with JSON') return;
  expect(Buffer.from(received ?? []).toString('hex')).toBe(Buffer.from(sent).toString('hex'));
}

function meaning(signal: Signal, bytes: Uint8Array = new Uint8Array()): object {
  const type = requestTypes[signal];
  return type.toObject(type.decode(bytes), { defaults: true, longs: String, bytes: String });
}
