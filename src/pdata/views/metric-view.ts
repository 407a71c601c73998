import type { Pdata } from '../pdata.js';
import { DataPointView, type MetricType } from './data-point-view.js';
import { MessageView, messagePart } from './message-view.js';

/** The fields of a Metric that hold its data points. */
const dataFields: ReadonlyMap<number, MetricType> = new Map([
  [5, 'gauge'],
  [7, 'sum'],
  [9, 'histogram'],
  [10, 'exponential_histogram'],
  [11, 'summary'],
]);
const DATA_POINTS = 1;

/** What a metric is that has its data points in this field. */
export function metricTypeOf(field: number): MetricType | undefined {
  return dataFields.get(field);
}

/** A Metric (metrics.v1): a name, and data points of one type. */
export class MetricView extends MessageView {
  get name(): string {
    return this.text(1);
  }

  get description(): string {
    return this.text(2);
  }

  get unit(): string {
    return this.text(3);
  }

  /** `undefined` for a metric without data, or with data of a type that is not known here. */
  get type(): MetricType | undefined {
    for (const [field, type] of dataFields) {
      for (const _ of this.children(field, messagePart)) return type;
    }
    return undefined;
  }

  /** How many data points it has; counted on the wire. */
  get itemCount(): number {
    return this.count(1, 2, 2);
  }

  *dataPoints(): Iterable<DataPointView> {
    for (const [field, type] of dataFields) {
      for (const part of this.children(field, messagePart)) {
        for (const { start, end } of part.parts(DATA_POINTS)) {
          yield new DataPointView(this.pdata, start, end, type);
        }
      }
    }
  }
}

export function metricView(pdata: Pdata, start: number, end: number): MetricView {
  return new MetricView(pdata, start, end);
}
