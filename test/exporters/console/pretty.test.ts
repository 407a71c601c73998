import { describe, expect, it } from '@jest/globals';
import { pdata, printed, resource, text } from './print.js';

const TRACE = '5b8aa5a2d2c872e8321cf37308d69df2';
const SPAN = '051581bf3cb55c13';
const PARENT = '5fb397be34d26b51';

const logs = pdata('logs', {
  resourceLogs: [
    {
      resource: { attributes: [text('service.name', 'checkout'), text('host.name', 'a b')] },
      scopeLogs: [
        {
          scope: { name: 'orders', version: '1.2.3' },
          logRecords: [
            {
              timeUnixNano: '1767225600123456789',
              observedTimeUnixNano: '1767225600123999999',
              severityNumber: 9,
              severityText: 'INFO',
              body: { stringValue: 'order 1 was placed' },
              attributes: [
                text('user', 'ada'),
                text('note', 'says "hi"'),
                { key: 'items', value: { intValue: '3' } },
                { key: 'paid', value: { boolValue: true } },
              ],
              traceId: TRACE,
              spanId: SPAN,
            },
            {
              observedTimeUnixNano: '1767225601000000000',
              severityNumber: 17,
              eventName: 'payment.declined',
              body: {
                kvlistValue: {
                  values: [
                    { key: 'order', value: { intValue: '9007199254740993' } },
                    {
                      key: 'cards',
                      value: { arrayValue: { values: [{ stringValue: 'x' }, { doubleValue: 1.5 }, {}] } },
                    },
                  ],
                },
              },
            },
          ],
        },
      ],
    },
  ],
});

const traces = pdata('traces', {
  resourceSpans: [
    {
      resource: resource('checkout'),
      scopeSpans: [
        {
          scope: { name: 'http' },
          spans: [
            {
              traceId: TRACE,
              spanId: SPAN,
              parentSpanId: PARENT,
              name: 'POST /orders',
              kind: 2,
              startTimeUnixNano: '1767225600000000000',
              endTimeUnixNano: '1767225600184200000',
              attributes: [text('http.route', '/orders')],
              events: [
                {
                  timeUnixNano: '1767225600100000000',
                  name: 'exception',
                  attributes: [text('exception.type', 'Timeout')],
                },
              ],
              links: [{ traceId: TRACE, spanId: PARENT, attributes: [text('why', 'retry')] }],
              status: { code: 2, message: 'no answer' },
            },
            {
              traceId: TRACE,
              spanId: PARENT,
              name: 'GET',
              kind: 3,
              startTimeUnixNano: '1767225600000000000',
              endTimeUnixNano: '1767225600000012300',
              status: { code: 1 },
            },
          ],
        },
      ],
    },
  ],
});

const point = {
  startTimeUnixNano: '1767225599000000000',
  timeUnixNano: '1767225600000000000',
  attributes: [text('route', '/orders')],
};

const metrics = pdata('metrics', {
  resourceMetrics: [
    {
      resource: resource('checkout'),
      scopeMetrics: [
        {
          scope: { name: 'http' },
          metrics: [
            {
              name: 'requests',
              description: 'Requests served',
              unit: '{request}',
              sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asInt: '42' }] },
            },
            { name: 'load', unit: '1', gauge: { dataPoints: [{ ...point, asDouble: 0.1 + 0.2 }] } },
            {
              name: 'duration',
              unit: 's',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...point,
                    count: '4',
                    sum: 1,
                    min: 0.1,
                    max: 0.5,
                    bucketCounts: ['1', '3', '0'],
                    explicitBounds: [0.1, 0.5],
                  },
                ],
              },
            },
            {
              name: 'size',
              unit: 'By',
              exponentialHistogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...point,
                    count: '3',
                    sum: 30,
                    scale: 2,
                    zeroCount: '1',
                    positive: { offset: 3, bucketCounts: ['1', '1'] },
                  },
                ],
              },
            },
            {
              name: 'latency',
              unit: 'ms',
              summary: {
                dataPoints: [
                  { ...point, count: '2', sum: 3, quantileValues: [{ quantile: 0.99, value: 2 }] },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
});

describe('what exporter:console prints for people', () => {
  it('is a line for a request of logs, and a line for each record', async () => {
    expect(await printed(logs)).toBe(
      [
        'logs from checkout: 2 log records',
        `│ 2026-01-01T00:00:00.123Z  INFO   order 1 was placed  user=ada note="says \\"hi\\"" items=3 paid=true  trace=${TRACE}  span=${SPAN}`,
        '│ 2026-01-01T00:00:01.000Z  ERROR  [payment.declined]  {"order":"9007199254740993","cards":["x",1.5,null]}',
        '',
      ].join('\n'),
    );
  });

  it('is name, kind, duration, status and trace of a span', async () => {
    expect(await printed(traces)).toBe(
      [
        'traces from checkout: 2 spans',
        `│ 2026-01-01T00:00:00.000Z  POST /orders  server  184.2 ms  error: no answer  http.route=/orders  trace=${TRACE}`,
        `│ 2026-01-01T00:00:00.000Z  GET  client  12.3 us  ok  trace=${TRACE}`,
        '',
      ].join('\n'),
    );
  });

  it('is name, value and unit of a data point', async () => {
    expect(await printed(metrics)).toBe(
      [
        'metrics from checkout: 5 data points',
        '│ 2026-01-01T00:00:00.000Z  requests  42 {request}  route=/orders',
        '│ 2026-01-01T00:00:00.000Z  load  0.3  route=/orders',
        '│ 2026-01-01T00:00:00.000Z  duration  count=4 sum=1 avg=0.25 min=0.1 max=0.5 s  route=/orders',
        '│ 2026-01-01T00:00:00.000Z  size  count=3 sum=30 avg=10 By  route=/orders',
        '│ 2026-01-01T00:00:00.000Z  latency  count=2 sum=3 avg=1.5 p99=2 ms  route=/orders',
        '',
      ].join('\n'),
    );
  });

  it('shows the buckets of histograms when it is told to', async () => {
    const lines = (await printed(metrics, { pretty: { histogram: 'raw' } })).split('\n');
    expect(lines.slice(3, 5)).toEqual([
      '│ 2026-01-01T00:00:00.000Z  duration  count=4 sum=1 avg=0.25 min=0.1 max=0.5 s  buckets=[0.1:1 0.5:3 inf:0]  route=/orders',
      '│ 2026-01-01T00:00:00.000Z  size  count=3 sum=30 avg=10 By  scale=2 zero=1 positive=3:[1 1]  route=/orders',
    ]);
  });

  it('is only the line for the request with the verbosity basic', async () => {
    expect(await printed(traces, { verbosity: 'basic' })).toBe('traces from checkout: 2 spans\n');
  });

  it('is everything with the verbosity detailed', async () => {
    expect(await printed(logs, { verbosity: 'detailed' })).toBe(
      [
        'logs from checkout: 2 log records',
        '│ resource  service.name=checkout host.name="a b"',
        '│ scope  orders  1.2.3',
        `│ 2026-01-01T00:00:00.123456789Z  INFO   order 1 was placed  user=ada note="says \\"hi\\"" items=3 paid=true  trace=${TRACE}  span=${SPAN}`,
        '│   observed 2026-01-01T00:00:00.123999999Z',
        '│ 2026-01-01T00:00:01.000000000Z  ERROR  [payment.declined]  {"order":"9007199254740993","cards":["x",1.5,null]}',
        '│   observed 2026-01-01T00:00:01.000000000Z',
        '',
      ].join('\n'),
    );
    expect(await printed(traces, { verbosity: 'detailed' })).toBe(
      [
        'traces from checkout: 2 spans',
        '│ resource  service.name=checkout',
        '│ scope  http',
        `│ 2026-01-01T00:00:00.000000000Z  POST /orders  server  184.2 ms  error: no answer  http.route=/orders  trace=${TRACE}`,
        `│   span=${SPAN}  parent=${PARENT}`,
        '│   event  2026-01-01T00:00:00.100000000Z  exception  exception.type=Timeout',
        `│   link  trace=${TRACE}  span=${PARENT}  why=retry`,
        `│ 2026-01-01T00:00:00.000000000Z  GET  client  12.3 us  ok  trace=${TRACE}`,
        `│   span=${PARENT}`,
        '',
      ].join('\n'),
    );
    const lines = (await printed(metrics, { verbosity: 'detailed' })).split('\n');
    expect(lines.slice(3, 5)).toEqual([
      '│ 2026-01-01T00:00:00.000000000Z  requests  42 {request}  route=/orders',
      '│   sum  cumulative  monotonic  since 2025-12-31T23:59:59.000000000Z  Requests served',
    ]);
  });

  it('names the service on each line when a request has several', async () => {
    const group = (service: string, body: string): object => ({
      resource: resource(service),
      scopeLogs: [{ logRecords: [{ severityNumber: 13, body: { stringValue: body } }] }],
    });
    const data = pdata('logs', {
      resourceLogs: [group('cart', 'one'), group('shop', 'two'), group('cart', 'three')],
    });
    expect(await printed(data)).toBe(
      [
        'logs from cart, shop: 3 log records',
        '│ cart  -  WARN   one',
        '│ shop  -  WARN   two',
        '│ cart  -  WARN   three',
        '',
      ].join('\n'),
    );
  });

  it('is a line for a request with nothing in it', async () => {
    expect(await printed(pdata('logs', {}))).toBe('logs: 0 log records\n');
  });

  it('keeps to ASCII of its own when unicode is off', async () => {
    const data = pdata('logs', {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'grüße' } }] }] }],
    });
    expect(await printed(data, { unicode: false })).toBe('logs: 1 log record\n| -         grüße\n');
  });

  it('has colours when it is told to, and none by default where there is no terminal', async () => {
    expect(await printed(traces)).not.toContain('\u001b');
    const [header, first] = (await printed(traces, { color: true })).split('\n');
    expect(header).toBe('\u001b[1mtraces from checkout\u001b[0m: 2 spans');
    expect(first).toContain('\u001b[31merror: no answer\u001b[0m');
  });
});
