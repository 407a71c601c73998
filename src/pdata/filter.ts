import type { Pdata } from './pdata.js';
import { selected } from './select.js';
import { DataPointView } from './views/data-point-view.js';
import { LogRecordView } from './views/log-record-view.js';
import { metricDataIn, metricTypeOf } from './views/metric-data.js';
import { MetricView } from './views/metric-view.js';
import { ResourceView } from './views/resource-view.js';
import { ScopeView } from './views/scope-view.js';
import { SpanView } from './views/span-view.js';
import type { Choice } from './wire/selection.js';

/**
 * Says what stays, at any level: what a function returns `false` for is left out with all that is in it, and nothing
 * inside is looked at. A level without a function stays.
 */
export interface PayloadFilter {
  resource?(resource: ResourceView): boolean;
  scope?(scope: ScopeView, resource: ResourceView): boolean;
  logRecord?(record: LogRecordView, scope: ScopeView, resource: ResourceView): boolean;
  span?(span: SpanView, scope: ScopeView, resource: ResourceView): boolean;
  metric?(metric: MetricView, scope: ScopeView, resource: ResourceView): boolean;
  dataPoint?(point: DataPointView, metric: MetricView, scope: ScopeView, resource: ResourceView): boolean;
}

/**
 * A request without what the filter leaves out. What stays keeps its order, and its resource, scope and metric, unknown
 * fields included; what is left without items goes too. What came without any stays unless a function says no: a metric
 * of a kind that this schema does not know has none, and is asked about as a metric only. Decodes only the fields that
 * the filter asks for.
 *
 * A metric has data of one type. Where several stand on the wire, only the last is asked about and stays: it is what a
 * decoder sees, and those before it would come to light if it were left out.
 *
 * ```ts
 * const kept = filterPayload(pdata, {
 *   resource: ({ attributes }) => attributes.get('service.name') !== 'load-test',
 *   logRecord: (record) => record.severityNumber >= 9 || record.attributes.has('audit.id'),
 *   span: (span) => span.name !== 'GET /health',
 * });
 * if (kept === undefined) message.ack();
 * else await effect.send(kept, { completion: message });
 * ```
 *
 * @returns the request as it is when everything stays; `undefined` when nothing does
 * @throws MalformedPayload when the framing, or a field that is asked for, is broken
 */
export function filterPayload(pdata: Pdata, filter: PayloadFilter): Pdata | undefined {
  return selected(pdata, new FilterChoice(pdata, filter));
}

class FilterChoice implements Choice {
  readonly #pdata: Pdata;
  readonly #filter: PayloadFilter;
  /** What is around the item that is asked about. */
  #resource: ResourceView;
  #scope: ScopeView;
  #metric: MetricView;
  #dataField = 0;
  /** Where the data of that metric begins, once it was looked for. */
  #dataStart: number | undefined;

  constructor(pdata: Pdata, filter: PayloadFilter) {
    this.#pdata = pdata;
    this.#filter = filter;
    this.#resource = new ResourceView(pdata, 0, 0);
    this.#scope = new ScopeView(pdata, 0, 0);
    this.#metric = new MetricView(pdata, 0, 0);
  }

  enters(level: number, field: number, start: number, end: number): boolean {
    const pdata = this.#pdata;
    const filter = this.#filter;
    switch (level) {
      case 1:
        this.#resource = new ResourceView(pdata, start, end);
        return filter.resource?.(this.#resource) ?? true;
      case 2:
        this.#scope = new ScopeView(pdata, start, end);
        return filter.scope?.(this.#scope, this.#resource) ?? true;
      case 3:
        this.#metric = new MetricView(pdata, start, end);
        this.#dataStart = undefined;
        return filter.metric?.(this.#metric, this.#scope, this.#resource) ?? true;
      default:
        this.#dataField = field;
        return this.#isSeen(start, end);
    }
  }

  /** Whether data of a metric is what a decoder sees of it, and not followed by data of another type. */
  #isSeen(start: number, end: number): boolean {
    const metric = this.#metric;
    // Most encoders write the data last.
    if (end === metric.end) return true;
    this.#dataStart ??= metricDataIn(this.#pdata.bytes, metric.start, metric.end)?.start ?? metric.start;
    return start > this.#dataStart;
  }

  keeps(start: number, end: number): boolean {
    const pdata = this.#pdata;
    const filter = this.#filter;
    switch (pdata.signal) {
      case 'logs':
        return filter.logRecord?.(new LogRecordView(pdata, start, end), this.#scope, this.#resource) ?? true;
      case 'traces':
        return filter.span?.(new SpanView(pdata, start, end), this.#scope, this.#resource) ?? true;
      case 'metrics': {
        const type = metricTypeOf(this.#dataField);
        if (filter.dataPoint === undefined || type === undefined) return true;
        const point = new DataPointView(pdata, start, end, type);
        return filter.dataPoint(point, this.#metric, this.#scope, this.#resource);
      }
    }
  }
}
