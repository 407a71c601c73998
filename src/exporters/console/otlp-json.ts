import { type Pdata, protobufToJson } from '../../authoring.js';

/** OTLP/JSON as far as it is printed. Every field may be absent; 64-bit integers are decimal strings. */
export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

export interface KeyValue {
  readonly key?: string;
  readonly value?: AnyValue;
}

export interface LogRecord {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly eventName?: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
}

export interface Span {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly {
    readonly timeUnixNano?: string;
    readonly name?: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly links?: readonly {
    readonly traceId?: string;
    readonly spanId?: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

export interface Buckets {
  readonly offset?: number;
  readonly bucketCounts?: readonly string[];
}

/** A data point of any kind of metric. */
export interface DataPoint {
  readonly attributes?: readonly KeyValue[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asInt?: string;
  readonly asDouble?: number | string;
  readonly count?: string;
  readonly sum?: number | string;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly (number | string)[];
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly positive?: Buckets;
  readonly negative?: Buckets;
  readonly quantileValues?: readonly {
    readonly quantile?: number | string;
    readonly value?: number | string;
  }[];
}

interface Aggregation {
  readonly dataPoints?: readonly DataPoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

export interface Metric {
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: Aggregation;
  readonly sum?: Aggregation;
  readonly histogram?: Aggregation;
  readonly exponentialHistogram?: Aggregation;
  readonly summary?: Aggregation;
}

export interface Scope {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: readonly KeyValue[];
}

export interface ScopeGroup {
  readonly scope?: Scope;
  readonly spans?: readonly Span[];
  readonly metrics?: readonly Metric[];
  readonly logRecords?: readonly LogRecord[];
}

export interface ResourceGroup {
  readonly resource?: { readonly attributes?: readonly KeyValue[] };
  readonly scopes: readonly ScopeGroup[];
}

interface Request {
  readonly resourceSpans?: readonly JsonGroup[];
  readonly resourceMetrics?: readonly JsonGroup[];
  readonly resourceLogs?: readonly JsonGroup[];
}

interface JsonGroup extends Pick<ResourceGroup, 'resource'> {
  readonly scopeSpans?: readonly ScopeGroup[];
  readonly scopeMetrics?: readonly ScopeGroup[];
  readonly scopeLogs?: readonly ScopeGroup[];
}

/**
 * A request, decoded, with its groups under one name for all signals.
 *
 * @throws MalformedPayload
 */
export function resourceGroups({ signal, bytes }: Pdata): ResourceGroup[] {
  // Decoding checked the bytes against the schema that these interfaces describe.
  const request = protobufToJson(signal, bytes) as Request;
  const groups = request.resourceSpans ?? request.resourceMetrics ?? request.resourceLogs ?? [];
  return groups.map(({ resource, scopeSpans, scopeMetrics, scopeLogs }) => ({
    ...(resource === undefined ? {} : { resource }),
    scopes: scopeSpans ?? scopeMetrics ?? scopeLogs ?? [],
  }));
}
