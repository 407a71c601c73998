import type { Signal } from '../../../src/authoring.js';
import { encodeRequest } from '../../pdata/otlp-proto.js';
import { message } from '../../pdata/wire/bytes.js';

/** A request with `items` log records, each with a body of `bodyBytes` characters. */
export function logsRequest(items = 1, bodyBytes = 10): Uint8Array {
  const logRecords = Array.from({ length: items }, () => ({ body: { stringValue: 'x'.repeat(bodyBytes) } }));
  return encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

export function tracesRequest(): Uint8Array {
  return encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'pay' }] }] }] });
}

export function metricsRequest(): Uint8Array {
  const metrics = [{ name: 'orders', sum: { dataPoints: [{ asInt: 3 }] } }];
  return encodeRequest('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

export const oneOfEach: readonly (readonly [Signal, Uint8Array])[] = [
  ['traces', tracesRequest()],
  ['metrics', metricsRequest()],
  ['logs', logsRequest()],
];

/** Metrics whose data is in a field that this schema does not have, as those of a kind that OTLP gets later. */
export function futureMetrics(...names: string[]): Uint8Array {
  const metrics = names.map((name) => message([1, name], [13, message([1, 'points of a later kind'])]));
  return message([1, message([2, message(...metrics.map((metric) => [2, metric] as const))])]);
}

/** Requests with nothing in them that counts as an item, and yet with something. */
export const withoutItems: readonly (readonly [string, Signal, Uint8Array])[] = [
  ['a metric of a kind that this schema does not know', 'metrics', futureMetrics('orders')],
  [
    'a metric without data points',
    'metrics',
    encodeRequest('metrics', {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'orders', sum: {} }] }] }],
    }),
  ],
  ['only fields that this schema does not know', 'traces', message([99, 'unknown'])],
  [
    'a resource without records',
    'logs',
    encodeRequest('logs', { resourceLogs: [{ resource: { attributes: [{ key: 'service.name' }] } }] }),
  ],
];

/** The same log record as OTLP/JSON. */
export const logsJson =
  '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';

/** A length that reaches beyond the end. */
export const malformedProtobuf = Buffer.from('0aff01', 'hex');
