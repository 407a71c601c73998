import { describe, expect, it } from '@jest/globals';
import { type Pdata, validatePayload } from '../../../src/authoring.js';
import { attributesOf, records, run } from './run.js';

/** What a generator with these settings sends of one signal. */
async function generated(weight: string, traffic: object = {}): Promise<Pdata[]> {
  const generator = run({
    seed: 1,
    traffic_config: {
      [weight]: 1,
      signals_per_second: 20,
      max_batch_size: 20,
      max_signal_count: 20,
      ...traffic,
    },
  });
  await generator.clock.advance(60_000);
  await generator.ended;
  return generator.effect.sent.map(({ pdata }) => pdata);
}

/** 2026-01-01, where the test's clock begins. */
const START = 1_767_225_600_000_000_000n;

const time = (value: unknown): bigint => BigInt(String(value));

describe('generated payloads', () => {
  it.each(['log_weight', 'metric_weight', 'trace_weight'])('are well-formed OTLP (%s)', async (weight) => {
    for (const { signal, bytes } of await generated(weight))
      expect(() => validatePayload(signal, bytes)).not.toThrow();
  });

  it('hold as many items as they say', async () => {
    for (const weight of ['log_weight', 'trace_weight', 'metric_weight']) {
      const [pdata] = await generated(weight);
      expect(pdata?.itemCount).toBe(20);
      expect(pdata === undefined ? [] : records(pdata)).toHaveLength(20);
    }
  });
});

describe('generated log records', () => {
  it('happened one after the other, up to now, at the rate of the generator', async () => {
    const [pdata] = await generated('log_weight');
    const times = records(pdata as Pdata).map(({ timeUnixNano }) => time(timeUnixNano));
    expect(times.at(-1)).toBe(START);
    expect(new Set(times.map((at, index) => at - (times[index - 1] ?? at - 50_000_000n)))).toEqual(
      new Set([50_000_000n]),
    );
  });

  it('have a severity, a readable body and a thread', async () => {
    const [pdata] = await generated('log_weight');
    for (const record of records(pdata as Pdata)) {
      expect(record).toMatchObject({
        severityText: expect.stringMatching(/^(DEBUG|INFO|WARN|ERROR)$/),
        body: { stringValue: expect.stringMatching(/\w+ \w+/) },
      });
      expect(Object.keys(attributesOf(record['attributes']))).toEqual(['thread.id', 'thread.name']);
      expect(record['traceId']).toBeUndefined();
    }
  });

  it('have a body of the wanted size', async () => {
    const [pdata] = await generated('log_weight', { log_body_size_bytes: 1024 });
    for (const { body } of records(pdata as Pdata)) {
      expect((body as { stringValue: string }).stringValue).toHaveLength(1024);
    }
  });

  it('have no body when its size is 0', async () => {
    const [pdata] = await generated('log_weight', { log_body_size_bytes: 0 });
    for (const record of records(pdata as Pdata)) expect(record['body']).toBeUndefined();
  });

  it('have as many attributes as wanted', async () => {
    const [pdata] = await generated('log_weight', { num_log_attributes: 7 });
    for (const { attributes } of records(pdata as Pdata)) expect(attributes).toHaveLength(7);
  });

  it('carry a trace context of their own when wanted', async () => {
    const [pdata] = await generated('log_weight', { use_trace_context: true });
    const ids = records(pdata as Pdata).map(({ traceId, spanId }) => `${traceId}/${spanId}`);
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}\/[0-9a-f]{16}$/);
  });
});

describe('generated spans', () => {
  it.each([20, 3])('make whole traces, also in batches of %i', async (max_batch_size) => {
    const spans = (await generated('trace_weight', { max_batch_size, max_signal_count: 42 })).flatMap(
      records,
    );
    const byId = new Map(spans.map((span) => [`${span['traceId']}/${span['spanId']}`, span]));
    expect(byId.size).toBe(42);
    const roots = spans.filter((span) => span['parentSpanId'] === undefined);
    expect(roots).toHaveLength(12);
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(12);
    for (const span of spans) {
      const [start, end] = [time(span['startTimeUnixNano']), time(span['endTimeUnixNano'])];
      expect(end).toBeGreaterThan(start);
      if (span['parentSpanId'] === undefined) continue;
      const parent = byId.get(`${span['traceId']}/${span['parentSpanId']}`);
      expect(start).toBeGreaterThan(time(parent?.['startTimeUnixNano']));
      expect(end).toBeLessThan(time(parent?.['endTimeUnixNano']));
    }
  });

  it('ended before they were sent', async () => {
    const [pdata] = await generated('trace_weight');
    for (const span of records(pdata as Pdata))
      expect(time(span['endTimeUnixNano'])).toBeLessThanOrEqual(START);
  });

  it('fail now and then, with a status and an exception', async () => {
    const spans = (await generated('trace_weight', { max_signal_count: 40 })).flatMap(records);
    const failed = spans.filter((span) => span['status'] !== undefined);
    expect(failed.length).toBeGreaterThan(0);
    for (const { status, events } of failed) {
      expect(status).toMatchObject({ code: 2, message: expect.any(String) });
      expect(events).toMatchObject([{ name: 'exception' }]);
    }
  });
});

describe('generated metrics', () => {
  const points = (metric: Readonly<Record<string, unknown>>): readonly Record<string, unknown>[] => {
    const data = (metric['sum'] ?? metric['gauge'] ?? metric['histogram']) as {
      dataPoints: readonly Record<string, unknown>[];
    };
    return data.dataPoints;
  };

  it('have as many data points and attributes as wanted, and the batch counts points', async () => {
    const traffic = { num_data_points_per_metric: 8, num_metric_attributes: 4 };
    const [pdata] = await generated('metric_weight', traffic);
    const metrics = records(pdata as Pdata);
    expect(pdata?.itemCount).toBe(20);
    expect(metrics.map((metric) => points(metric).length)).toEqual([8, 8, 4]);
    for (const metric of metrics) {
      for (const { attributes } of points(metric)) expect(attributes).toHaveLength(4);
    }
  });

  it('give each point of a metric a series of its own', async () => {
    const [pdata] = await generated('metric_weight', { num_data_points_per_metric: 20 });
    const [metric] = records(pdata as Pdata);
    const series = points(metric ?? {}).map(({ attributes }) => JSON.stringify(attributes));
    expect(new Set(series).size).toBe(20);
  });

  it('have cumulative counters and histograms that only grow', async () => {
    const metrics = (await generated('metric_weight', { max_signal_count: 400 })).flatMap(records);
    const last = new Map<string, bigint>();
    let compared = 0;
    for (const metric of metrics) {
      const monotonic = (metric['sum'] as { isMonotonic?: boolean } | undefined)?.isMonotonic;
      if (metric['histogram'] === undefined && monotonic !== true) continue;
      for (const point of points(metric)) {
        const series = `${metric['name']} ${JSON.stringify(point['attributes'])}`;
        const value = time(point['count'] ?? point['asInt']);
        if (last.has(series)) compared += 1;
        expect(value).toBeGreaterThanOrEqual(last.get(series) ?? 0n);
        last.set(series, value);
        expect(time(point['startTimeUnixNano'])).toBe(START);
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('have histograms whose buckets add up to their count', async () => {
    const metrics = (await generated('metric_weight', { max_signal_count: 100 })).flatMap(records);
    const histograms = metrics.filter((metric) => metric['histogram'] !== undefined).flatMap(points);
    expect(histograms.length).toBeGreaterThan(10);
    for (const { count, bucketCounts } of histograms) {
      const total = (bucketCounts as string[]).reduce((sum, bucket) => sum + Number(bucket), 0);
      expect(total).toBe(Number(count));
    }
  });
});
