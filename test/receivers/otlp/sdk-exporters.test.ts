import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SeverityNumber } from '@opentelemetry/api-logs';
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
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Signal } from '../../../src/authoring.js';
import { requestTypes } from '../../pdata/otlp-proto.js';
import { type RunningReceiver, runReceiver } from './running-receiver.js';

const resource = resourceFromAttributes({ 'service.name': 'shop', 'service.version': '1.2.3' });

function recordSpans() {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(memory)] });
  const span = provider.getTracer('checkout', '0.1').startSpan('pay', { attributes: { 'order.id': 7 } });
  span.addEvent('authorized', { amount: 12.5 });
  span.end();
  return memory.getFinishedSpans();
}

function recordLogs() {
  const memory = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter: memory })],
  });
  provider.getLogger('checkout').emit({
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    body: 'card refused: größer als 0',
    attributes: { attempt: 2, flags: [true, false] },
  });
  return memory.getFinishedLogRecords();
}

async function recordMetrics(): Promise<ResourceMetrics> {
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter('checkout');
  meter.createCounter('orders').add(3, { kind: 'card' });
  meter.createHistogram('latency', { unit: 'ms' }).record(12.5);
  await provider.forceFlush();
  const [metrics] = memory.getMetrics();
  await provider.shutdown();
  if (metrics === undefined) throw new Error('the SDK recorded no metrics');
  return metrics;
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

async function send<Data>(exporter: SdkExporter<Data>, data: Data): Promise<void> {
  const result = await new Promise<ExportResult>((resolve) => exporter.export(data, resolve));
  await exporter.shutdown();
  if (result.code !== 0) throw result.error ?? new Error('the export failed');
}

describe("the OpenTelemetry SDK's exporters", () => {
  let receiver: RunningReceiver;
  beforeAll(async () => {
    receiver = await runReceiver();
  });
  afterAll(async () => receiver[Symbol.asyncDispose]());
  beforeEach(() => {
    receiver.effect.sent.length = 0;
  });

  describe.each(['none', 'gzip'] as const)('with compression %s', (named) => {
    // The enumeration of the SDK has no runtime value in every version; its members are these words.
    const compression = named as never;
    const url = (path: string): string => `http://${receiver.http}${path}`;

    it.each([
      ['gRPC', () => new GrpcTraces({ url: `http://${receiver.grpc}`, compression })],
      ['HTTP with protobuf', () => new ProtoTraces({ url: url('/v1/traces'), compression })],
      ['HTTP with JSON', () => new JsonTraces({ url: url('/v1/traces'), compression })],
    ])('deliver spans over %s', async (way, exporter) => {
      const spans = recordSpans();
      await send(exporter(), spans);
      expectOne('traces', 1, way, ProtobufTraceSerializer.serializeRequest(spans));
    });

    it.each([
      ['gRPC', () => new GrpcLogs({ url: `http://${receiver.grpc}`, compression })],
      ['HTTP with protobuf', () => new ProtoLogs({ url: url('/v1/logs'), compression })],
      ['HTTP with JSON', () => new JsonLogs({ url: url('/v1/logs'), compression })],
    ])('deliver log records over %s', async (way, exporter) => {
      const logs = recordLogs();
      await send(exporter(), logs);
      expectOne('logs', 1, way, ProtobufLogsSerializer.serializeRequest(logs));
    });

    it.each([
      ['gRPC', () => new GrpcMetrics({ url: `http://${receiver.grpc}`, compression })],
      ['HTTP with protobuf', () => new ProtoMetrics({ url: url('/v1/metrics'), compression })],
      ['HTTP with JSON', () => new JsonMetrics({ url: url('/v1/metrics'), compression })],
    ])('deliver metrics over %s', async (way, exporter) => {
      const metrics = await recordMetrics();
      await send(exporter(), metrics);
      expectOne('metrics', 2, way, ProtobufMetricsSerializer.serializeRequest(metrics));
    });
  });

  function expectOne(signal: Signal, items: number, way: string, sent: Uint8Array | undefined): void {
    expect(receiver.effect.sent).toHaveLength(1);
    const pdata = receiver.effect.sent[0]?.pdata;
    expect(pdata?.signal).toBe(signal);
    expect(pdata?.itemCount).toBe(items);
    const received = pdata?.bytes ?? new Uint8Array();
    const expected = sent ?? new Uint8Array();
    // The SDK writes zeros that protobuf leaves out, so what was JSON is compared by what it means.
    if (way.endsWith('JSON')) expect(meaning(signal, received)).toEqual(meaning(signal, expected));
    else expect(Buffer.from(received).toString('hex')).toBe(Buffer.from(expected).toString('hex'));
  }
});

function meaning(signal: Signal, bytes: Uint8Array): object {
  return requestTypes[signal].toObject(requestTypes[signal].decode(bytes), { defaults: true, longs: String });
}
