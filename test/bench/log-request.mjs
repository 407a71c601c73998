import { jsonToProtobuf } from '../../dist/authoring.js';

/** What a benchmark carries unless it says otherwise: one OTLP logs request, as an SDK would send it. */
export const RECORDS = 100;

const string = (key, stringValue) => ({ key, value: { stringValue } });

/** Log records of about 300 bytes each, protobuf. */
export function logRequest(records = RECORDS) {
  return jsonToProtobuf('logs', logRequestJson(records));
}

/** The same as JSON text. */
export function logRequestJson(records = RECORDS) {
  const logRecords = Array.from({ length: records }, (_, index) => ({
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index)),
    observedTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index)),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: `GET /api/v1/orders/${1000 + index} answered 200 in ${index} ms for the web shop` },
    attributes: [
      string('http.request.method', 'GET'),
      string('url.path', `/api/v1/orders/${1000 + index}`),
      string('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'),
      { key: 'http.response.status_code', value: { intValue: '200' } },
    ],
    traceId: (index + 1).toString(16).padStart(32, '0'),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    flags: 1,
  }));
  const resource = { attributes: [string('service.name', 'shop'), string('service.instance.id', 'shop-1')] };
  const scopeLogs = [{ scope: { name: 'shop.http', version: '1.0.0' }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs }] });
}
