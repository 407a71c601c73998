import type { Pdata } from '../pdata.js';
import { readDouble, readFixed64 } from '../wire/values.js';
import { WireType } from '../wire/wire-type.js';
import { Attributes } from './attributes.js';
import { type MemberReader, MessageView } from './message-view.js';

/** What a metric can be. */
export type MetricType = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';

/** The value of a NumberDataPoint. */
const AS_DOUBLE: MemberReader<number | bigint> = { field: 4, wireType: WireType.fixed64, read: readDouble };
const AS_INT: MemberReader<number | bigint> = {
  field: 6,
  wireType: WireType.fixed64,
  read: (cursor) => BigInt.asIntN(64, readFixed64(cursor)),
};

/** Where data points of each type have their attributes. */
const attributeFields: Readonly<Record<MetricType, number>> = {
  gauge: 7,
  sum: 7,
  histogram: 9,
  exponential_histogram: 1,
  summary: 7,
};

/** A data point (metrics.v1) of a metric of any type. */
export class DataPointView extends MessageView {
  readonly type: MetricType;

  constructor(pdata: Pdata, start: number, end: number, type: MetricType) {
    super(pdata, start, end);
    this.type = type;
  }

  get attributes(): Attributes {
    return new Attributes(this.pdata, [this], attributeFields[this.type]);
  }

  /** Nanoseconds since 1970. */
  get startTimeUnixNano(): bigint {
    return this.fixed64(2);
  }

  /** Nanoseconds since 1970. */
  get timeUnixNano(): bigint {
    return this.fixed64(3);
  }

  /** What a gauge or a sum says: a double as number, an integer as bigint; `undefined` for other types. */
  get value(): number | bigint | undefined {
    if (this.type !== 'gauge' && this.type !== 'sum') return undefined;
    return this.fold(AS_DOUBLE, AS_INT);
  }
}
