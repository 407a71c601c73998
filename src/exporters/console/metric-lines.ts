import type { Buckets, DataPoint, Metric } from './otlp-json.js';
import { printable } from './printable.js';
import { columns, type Style } from './style.js';
import { attributesText, timeText } from './values.js';

const TEMPORALITIES = ['', 'delta', 'cumulative'];

export interface MetricOptions {
  readonly detailed: boolean;
  /** Whether histograms show their buckets. */
  readonly buckets: boolean;
}

/** `time  name  value unit  attributes`, a line for each data point. */
export function metricLines(metric: Metric, style: Style, options: MetricOptions): string[] {
  const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;
  const kind = kinds.find((candidate) => metric[candidate] !== undefined);
  const name = printable(metric.name ?? '');
  if (kind === undefined) return options.detailed ? [`${name}  (no data)`] : [];
  // The unit 1 says that there is none.
  const unit = metric.unit === undefined || metric.unit === '1' ? '' : ` ${printable(metric.unit)}`;
  const { dataPoints = [], aggregationTemporality = 0, isMonotonic } = metric[kind] ?? {};
  const lines = dataPoints.map((point) =>
    columns(
      style.faint(timeText(point.timeUnixNano, options.detailed) ?? '-'),
      name,
      `${style.strong(value(point))}${unit}`,
      options.buckets ? buckets(point) : undefined,
      style.faint(attributesText(point.attributes)),
    ),
  );
  if (!options.detailed) return lines;
  const what = columns(
    `  ${kind}`,
    TEMPORALITIES[aggregationTemporality],
    isMonotonic === true ? 'monotonic' : undefined,
    sinceText(dataPoints[0]),
    printable(metric.description ?? ''),
  );
  return [...lines, style.faint(what)];
}

function sinceText(point: DataPoint | undefined): string | undefined {
  const start = timeText(point?.startTimeUnixNano, true);
  return start === undefined ? undefined : `since ${start}`;
}

function value(point: DataPoint): string {
  if (point.asInt !== undefined) return point.asInt;
  if (point.asDouble !== undefined) return numberText(point.asDouble);
  // A point without a number has a distribution, or says that nothing was recorded.
  if (point.count === undefined && point.sum === undefined && point.quantileValues === undefined) return '-';
  const count = Number(point.count ?? 0);
  return [
    `count=${point.count ?? 0}`,
    named('sum', point.sum),
    named('avg', typeof point.sum === 'number' && count > 0 ? point.sum / count : undefined),
    named('min', point.min),
    named('max', point.max),
    ...(point.quantileValues ?? []).map(({ quantile, value: at }) =>
      named(`p${numberText(Number(quantile ?? 0) * 100)}`, at ?? 0),
    ),
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function named(name: string, number: number | string | undefined): string | undefined {
  return number === undefined ? undefined : `${name}=${numberText(number)}`;
}

/** Without the last digits, where binary fractions differ from what was meant. */
function numberText(number: number | string): string {
  return typeof number === 'number' ? String(Number(number.toPrecision(12))) : number;
}

function buckets(point: DataPoint): string {
  return [explicitBuckets(point), ...exponentialBuckets(point)]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** `buckets=[0.1:3 0.5:1 inf:0]`: how many were at most each bound. */
function explicitBuckets({ bucketCounts, explicitBounds = [] }: DataPoint): string | undefined {
  if (bucketCounts === undefined) return undefined;
  const counts = bucketCounts.map((count, index) => `${explicitBounds[index] ?? 'inf'}:${count}`);
  return `buckets=[${counts.join(' ')}]`;
}

function exponentialBuckets(point: DataPoint): (string | undefined)[] {
  const side = (name: string, buckets: Buckets | undefined): string | undefined =>
    buckets?.bucketCounts === undefined
      ? undefined
      : `${name}=${buckets.offset ?? 0}:[${buckets.bucketCounts.join(' ')}]`;
  if (point.positive === undefined && point.negative === undefined) return [];
  return [
    `scale=${point.scale ?? 0}`,
    named('zero', point.zeroCount),
    side('positive', point.positive),
    side('negative', point.negative),
  ];
}
