import { describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { jsonToProtobuf, type Signal, validatePayload } from '../../src/authoring.js';
import { decodeRequest } from './otlp-proto.js';

const resource = resourceFromAttributes({
  'service.name': 'shop',
  'process.pid': 4711,
  'feature.flags': ['a', 'b'],
  'sampling.ratio': 0.25,
  'is.canary': true,
});

describe("the OpenTelemetry JS SDK's JSON transcodes to the meaning of its protobuf", () => {
  it('for traces', () => {
    const spans = recordSpans();
    expectSame(
      'traces',
      JsonTraceSerializer.serializeRequest(spans),
      ProtobufTraceSerializer.serializeRequest(spans),
      2,
    );
  });

  it('for logs', () => {
    const records = recordLogs();
    expectSame(
      'logs',
      JsonLogsSerializer.serializeRequest(records),
      ProtobufLogsSerializer.serializeRequest(records),
      3,
    );
  });

  it('for metrics', async () => {
    for (const metrics of await recordMetrics()) {
      expectSame(
        'metrics',
        JsonMetricsSerializer.serializeRequest(metrics),
        ProtobufMetricsSerializer.serializeRequest(metrics),
        5,
      );
    }
  });
});

function expectSame(
  signal: Signal,
  json: Uint8Array | undefined,
  protobuf: Uint8Array | undefined,
  items: number,
): void {
  if (json === undefined || protobuf === undefined) throw new Error('the SDK serialized nothing');
  expect(validatePayload(signal, protobuf)).toBe(items);
  expect(decodeRequest(signal, jsonToProtobuf(signal, json))).toEqual(decodeRequest(signal, protobuf));
}

function recordSpans(): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('checkout', '2.1.0', { schemaUrl: 'https://example.com/schema' });
  const parent = tracer.startSpan('POST /orders', { kind: SpanKind.SERVER }, ROOT_CONTEXT);
  const child = tracer.startSpan(
    'charge card',
    { kind: SpanKind.CLIENT, links: [{ context: parent.spanContext(), attributes: { why: 'retry' } }] },
    trace.setSpan(ROOT_CONTEXT, parent),
  );
  child.setAttributes({ amount: 12.5, attempts: 3, cards: ['visa', 'amex'], ok: false });
  child.addEvent('declined', { code: 'Zahlung abgelehnt – 51' });
  child.recordException(new Error('declined'));
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' });
  child.end();
  parent.end();
  return exporter.getFinishedSpans();
}

function recordLogs(): Parameters<typeof JsonLogsSerializer.serializeRequest>[0] {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('checkout', '2.1.0');
  logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'INFO', body: 'Bestellung übernommen ✓' });
  logger.emit({
    eventName: 'order.placed',
    body: { order: { id: 12, lines: ['a', { sku: 'b', count: -3 }] }, digest: Uint8Array.of(0, 1, 250) },
    attributes: { nested: { deep: [1, 2.5, null] }, huge: Number.MAX_SAFE_INTEGER },
  });
  logger.emit({ body: '' });
  return exporter.getFinishedLogRecords();
}

async function recordMetrics(): Promise<ResourceMetrics[]> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [{ instrumentName: 'sizes', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('checkout');
  const orders = meter.createCounter('orders', { unit: '{order}', description: 'Orders placed' });
  orders.add(3, { region: 'eu' });
  orders.add(4, { region: 'us' });
  meter.createUpDownCounter('open').add(-2.5);
  meter.createHistogram('latency', { unit: 'ms' }).record(17.2);
  meter.createHistogram('sizes').record(0.003);
  await provider.forceFlush();
  const metrics = exporter.getMetrics();
  await provider.shutdown();
  return metrics;
}
