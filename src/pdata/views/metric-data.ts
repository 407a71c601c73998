import { WireCursor } from '../wire/cursor.js';
import { WireFault } from '../wire/faults.js';
import { WireType } from '../wire/wire-type.js';
import type { MetricType } from './data-point-view.js';

/** The fields of a Metric (metrics.v1) that hold its data points: a oneof. */
const types: Readonly<Record<number, MetricType | undefined>> = {
  5: 'gauge',
  7: 'sum',
  9: 'histogram',
  10: 'exponential_histogram',
  11: 'summary',
};

/** The data of a metric: what a decoder sees of it. */
export interface MetricData {
  readonly type: MetricType;
  readonly field: number;
  /** Where its first part begins, tag included. Of all fields for data only its own stands from here on. */
  readonly start: number;
}

/** What a metric is that has its data points in this field. */
export function metricTypeOf(field: number): MetricType | undefined {
  return types[field];
}

/**
 * The data of the metric between two offsets. Data of one type takes the place of data of another that stands before.
 *
 * @returns undefined for a metric without data, or with data of a type that is not known here
 * @throws WireFault
 */
export function metricDataIn(bytes: Uint8Array, start: number, end: number): MetricData | undefined {
  const cursor = new WireCursor(bytes, start, end);
  let data: MetricData | undefined;
  while (cursor.pos < end) {
    const at = cursor.pos;
    const tag = cursor.tag();
    const field = tag >>> 3;
    const type = types[field];
    if (type !== undefined && field !== data?.field) data = { type, field, start: at };
    if (type !== undefined && (tag & 7) !== WireType.length) throw new WireFault('wireType', at);
    cursor.skip(tag);
  }
  return data;
}
