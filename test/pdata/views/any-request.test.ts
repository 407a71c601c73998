import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Attributes,
  type AttributeValue,
  type DataPointView,
  type LogRecordView,
  type MetricView,
  Pdata,
  resourcesOf,
  type Signal,
  type SpanView,
} from '../../../src/authoring.js';
import { arbitraryRequest } from '../arbitraries.js';
import { decodeRequest, encodeRequest } from '../otlp-proto.js';
import { withRepeatedFields } from '../repeated-fields.js';

/** What protobufjs decodes, as plain data. */
// biome-ignore lint/suspicious/noExplicitAny: any request, in the shape of its JSON.
type Decoded = any;

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

function valueFrom(value: Decoded): AttributeValue {
  if (value == null) return null;
  if ('stringValue' in value) return value.stringValue;
  if ('boolValue' in value) return value.boolValue;
  if ('intValue' in value) return BigInt(value.intValue);
  if ('doubleValue' in value) return Number(value.doubleValue);
  if ('bytesValue' in value) return Buffer.from(value.bytesValue, 'base64');
  if ('arrayValue' in value) return value.arrayValue.values.map(valueFrom);
  if ('kvlistValue' in value) return new Map(value.kvlistValue.values.map(pairFrom));
  return null;
}

const pairFrom = ({ key, value }: Decoded): [string, AttributeValue] => [key, valueFrom(value)];

/** The attributes one by one and by key, and a key that is not among them. */
function expectAttributes(attributes: Attributes, decoded: readonly Decoded[]): void {
  const pairs = decoded.map(pairFrom);
  expect([...attributes]).toEqual(pairs);
  for (const [key] of pairs) {
    expect(attributes.get(key)).toEqual(pairs.find(([name]) => name === key)?.[1]);
    expect(attributes.has(key)).toBe(true);
  }
  const other = `${pairs[0]?.[0] ?? ''} and more`;
  expect(attributes.get(other)).toBeUndefined();
  expect(attributes.has(other)).toBe(false);
}

function expectLogRecord(record: LogRecordView, decoded: Decoded): void {
  expect({
    timeUnixNano: String(record.timeUnixNano),
    observedTimeUnixNano: String(record.observedTimeUnixNano),
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    eventName: record.eventName,
    traceId: record.traceId,
    spanId: record.spanId,
  }).toEqual({
    timeUnixNano: decoded.timeUnixNano,
    observedTimeUnixNano: decoded.observedTimeUnixNano,
    severityNumber: decoded.severityNumber,
    severityText: decoded.severityText,
    eventName: decoded.eventName,
    traceId: hex(decoded.traceId),
    spanId: hex(decoded.spanId),
  });
  expect(record.body).toEqual(decoded.body === null ? undefined : valueFrom(decoded.body));
  expectAttributes(record.attributes, decoded.attributes);
}

function expectSpan(span: SpanView, decoded: Decoded): void {
  expect({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano),
    status: { code: span.statusCode, message: span.statusMessage },
  }).toEqual({
    traceId: hex(decoded.traceId),
    spanId: hex(decoded.spanId),
    parentSpanId: hex(decoded.parentSpanId),
    name: decoded.name,
    kind: decoded.kind,
    startTimeUnixNano: decoded.startTimeUnixNano,
    endTimeUnixNano: decoded.endTimeUnixNano,
    status: decoded.status ?? { code: 0, message: '' },
  });
  expectAttributes(span.attributes, decoded.attributes);
}

const typeNames = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
} as const;

function expectMetric(metric: MetricView, decoded: Decoded): void {
  const [member, type] = Object.entries(typeNames).find(([name]) => name in decoded) ?? [];
  const points: readonly Decoded[] = member === undefined ? [] : decoded[member].dataPoints;
  expect(metric.name).toBe(decoded.name);
  expect(metric.description).toBe(decoded.description);
  expect(metric.unit).toBe(decoded.unit);
  expect(metric.type).toBe(type);
  expect(metric.itemCount).toBe(points.length);
  for (const [index, point] of [...metric.dataPoints()].entries()) expectPoint(point, points[index]);
}

function expectPoint(point: DataPointView, decoded: Decoded): void {
  expect(String(point.startTimeUnixNano)).toBe(decoded.startTimeUnixNano);
  expect(String(point.timeUnixNano)).toBe(decoded.timeUnixNano);
  const double = decoded.asDouble === undefined ? undefined : Number(decoded.asDouble);
  expect(point.value).toEqual(decoded.asInt === undefined ? double : BigInt(decoded.asInt));
  expectAttributes(point.attributes, decoded.attributes);
}

/** Where each signal has its resources, scopes and records in JSON, and what to compare records by. */
const shapes: Readonly<Record<Signal, readonly [resources: string, scopes: string, records: string]>> = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
};

describe('views of any request show what protobufjs decodes', () => {
  const check = (signal: Signal, bytes: Uint8Array): void => {
    const [resourcesName, scopesName, recordsName] = shapes[signal];
    const decoded: Decoded = decodeRequest(signal, bytes);
    const resources = [...resourcesOf(new Pdata(signal, bytes))];
    expect(resources).toHaveLength(decoded[resourcesName].length);
    for (const [index, resource] of resources.entries()) {
      const theirs = decoded[resourcesName][index];
      expect(resource.schemaUrl).toBe(theirs.schemaUrl);
      expectAttributes(resource.attributes, theirs.resource?.attributes ?? []);
      const scopes = [...resource.scopes()];
      expect(scopes).toHaveLength(theirs[scopesName].length);
      expect(resource.itemCount).toBe(scopes.reduce((sum, { itemCount }) => sum + itemCount, 0));
      for (const [place, scope] of scopes.entries()) {
        const { scope: identity, schemaUrl, [recordsName]: records } = theirs[scopesName][place];
        expect(scope.schemaUrl).toBe(schemaUrl);
        expect(scope.name).toBe(identity?.name ?? '');
        expect(scope.version).toBe(identity?.version ?? '');
        expectAttributes(scope.attributes, identity?.attributes ?? []);
        if (signal === 'logs') eachWith(scope.logRecords(), records, expectLogRecord);
        else if (signal === 'traces') eachWith(scope.spans(), records, expectSpan);
        else eachWith(scope.metrics(), records, expectMetric);
      }
    }
  };

  function eachWith<V>(
    views: Iterable<V>,
    decoded: readonly Decoded[],
    compare: (view: V, decoded: Decoded) => void,
  ) {
    const all = [...views];
    expect(all).toHaveLength(decoded.length);
    for (const [index, view] of all.entries()) compare(view, decoded[index]);
  }

  it.each<Signal>(['traces', 'metrics', 'logs'])('for %s', (signal) => {
    fc.assert(
      fc.property(arbitraryRequest(signal), (value) => check(signal, encodeRequest(signal, value))),
      { numRuns: 200 },
    );
  });

  it.each<Signal>(['traces', 'metrics', 'logs'])(
    'for %s, with fields that stand there several times',
    (signal) => {
      fc.assert(
        fc.property(arbitraryRequest(signal), fc.nat(), (value, seed) =>
          check(signal, withRepeatedFields(signal, encodeRequest(signal, value), seed)),
        ),
        { numRuns: 200 },
      );
    },
  );
});
