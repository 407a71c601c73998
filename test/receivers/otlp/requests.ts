import type { Signal } from '../../../src/authoring.js';
import { encodeRequest } from '../../pdata/otlp-proto.js';

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

/** The same log record as OTLP/JSON. */
export const logsJson =
  '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';

/** A length that reaches beyond the end. */
export const malformedProtobuf = Buffer.from('0aff01', 'hex');
