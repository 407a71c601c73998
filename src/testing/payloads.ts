import { jsonToProtobuf } from '../pdata/json/to-protobuf.js';
import { Pdata } from '../pdata/pdata.js';

export interface PayloadOptions {
  /** Becomes the resource attribute `service.name`; `test` when absent. */
  readonly service?: string;
  /** Attributes of every record, span or data point, as strings. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The time of the first item, in nanoseconds since the Unix epoch: 2026-01-01, where a `FakeClock` starts. */
const START = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;

/**
 * A payload of log records, a millisecond apart. The same arguments give the same bytes.
 *
 * @param records how many, called `log-0`, `log-1` and so on; or what their bodies are
 *
 * @example
 * await harness.send(testLogs(3));
 * await harness.send(testLogs(['disk full'], { service: 'db' }));
 */
export function testLogs(records: number | readonly string[] = 1, options: PayloadOptions = {}): Pdata {
  const logRecords = named(records, 'log').map((body, index) => ({
    timeUnixNano: time(index),
    observedTimeUnixNano: time(index),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: body },
    ...attributesOf(options),
  }));
  return payload('logs', { resourceLogs: [{ ...resource(options), scopeLogs: [{ logRecords }] }] });
}

/**
 * A payload of server spans of one trace each, a millisecond apart. The same arguments give the same bytes.
 *
 * @param spans how many, called `span-0`, `span-1` and so on; or their names
 */
export function testTraces(spans: number | readonly string[] = 1, options: PayloadOptions = {}): Pdata {
  const built = named(spans, 'span').map((name, index) => ({
    // An id of zeros is not valid.
    traceId: (index + 1).toString(16).padStart(32, '0'),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name,
    kind: 2,
    startTimeUnixNano: time(index),
    endTimeUnixNano: time(index + 1),
    ...attributesOf(options),
  }));
  return payload('traces', { resourceSpans: [{ ...resource(options), scopeSpans: [{ spans: built }] }] });
}

/**
 * A payload of gauges with one data point each, whose value is its position. The same arguments give the same bytes.
 *
 * @param metrics how many, called `metric-0`, `metric-1` and so on; or their names
 */
export function testMetrics(metrics: number | readonly string[] = 1, options: PayloadOptions = {}): Pdata {
  const built = named(metrics, 'metric').map((name, index) => ({
    name,
    unit: '1',
    gauge: { dataPoints: [{ timeUnixNano: time(index), asInt: String(index), ...attributesOf(options) }] },
  }));
  return payload('metrics', {
    resourceMetrics: [{ ...resource(options), scopeMetrics: [{ metrics: built }] }],
  });
}

function payload(signal: Pdata['signal'], request: object): Pdata {
  return new Pdata(signal, jsonToProtobuf(signal, JSON.stringify(request)));
}

const named = (items: number | readonly string[], noun: string): readonly string[] =>
  typeof items === 'number' ? Array.from({ length: items }, (_, index) => `${noun}-${index}`) : items;

const time = (index: number): string => String(START + BigInt(index) * 1_000_000n);

const attribute = ([key, value]: [string, string]): object => ({ key, value: { stringValue: value } });

const attributesOf = ({ attributes = {} }: PayloadOptions): object => ({
  attributes: Object.entries(attributes).map(attribute),
});

const resource = ({ service = 'test' }: PayloadOptions): object => ({
  resource: { attributes: [attribute(['service.name', service])] },
});
