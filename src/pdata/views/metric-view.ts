import type { Pdata } from '../pdata.js';
import { explain } from '../wire/explain.js';
import { Children } from './children.js';
import { DataPointView, type MetricType } from './data-point-view.js';
import { MessageView, messagePart } from './message-view.js';
import { type MetricData, metricDataIn } from './metric-data.js';

const DATA_POINTS = 1;

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
    return this.#data()?.type;
  }

  /** How many data points `dataPoints` has; counted on the wire. */
  get itemCount(): number {
    const data = this.#data();
    return data === undefined ? 0 : this.count([1, 2, 2], data.start);
  }

  *dataPoints(): Iterable<DataPointView> {
    const data = this.#data();
    if (data === undefined) return;
    const { pdata, end } = this;
    for (const part of new Children({ pdata, start: data.start, end }, data.field, messagePart)) {
      for (const point of part.parts(DATA_POINTS)) {
        yield new DataPointView(pdata, point.start, point.end, data.type);
      }
    }
  }

  #data(): MetricData | undefined {
    const { pdata, start, end } = this;
    try {
      return metricDataIn(pdata.bytes, start, end);
    } catch (error) {
      throw explain(pdata.signal, pdata.bytes, error);
    }
  }
}

export function metricView(pdata: Pdata, start: number, end: number): MetricView {
  return new MetricView(pdata, start, end);
}
