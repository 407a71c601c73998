import { type FieldDefinition, field, repeated } from './message-type.js';

/** opentelemetry.proto.trace.v1 and collector.trace.v1. */
export const traceMessages: Readonly<Record<string, readonly FieldDefinition[]>> = {
  ExportTraceServiceRequest: [repeated(1, 'resource_spans', 'ResourceSpans')],
  ResourceSpans: [
    field(1, 'resource', 'Resource'),
    repeated(2, 'scope_spans', 'ScopeSpans'),
    field(3, 'schema_url', 'string'),
  ],
  ScopeSpans: [
    field(1, 'scope', 'InstrumentationScope'),
    repeated(2, 'spans', 'Span'),
    field(3, 'schema_url', 'string'),
  ],
  Span: [
    field(1, 'trace_id', 'id'),
    field(2, 'span_id', 'id'),
    field(3, 'trace_state', 'string'),
    field(4, 'parent_span_id', 'id'),
    field(5, 'name', 'string'),
    field(6, 'kind', 'enum'),
    field(7, 'start_time_unix_nano', 'fixed64'),
    field(8, 'end_time_unix_nano', 'fixed64'),
    repeated(9, 'attributes', 'KeyValue'),
    field(10, 'dropped_attributes_count', 'uint32'),
    repeated(11, 'events', 'SpanEvent'),
    field(12, 'dropped_events_count', 'uint32'),
    repeated(13, 'links', 'SpanLink'),
    field(14, 'dropped_links_count', 'uint32'),
    field(15, 'status', 'Status'),
    field(16, 'flags', 'fixed32'),
  ],
  SpanEvent: [
    field(1, 'time_unix_nano', 'fixed64'),
    field(2, 'name', 'string'),
    repeated(3, 'attributes', 'KeyValue'),
    field(4, 'dropped_attributes_count', 'uint32'),
  ],
  SpanLink: [
    field(1, 'trace_id', 'id'),
    field(2, 'span_id', 'id'),
    field(3, 'trace_state', 'string'),
    repeated(4, 'attributes', 'KeyValue'),
    field(5, 'dropped_attributes_count', 'uint32'),
    field(6, 'flags', 'fixed32'),
  ],
  Status: [field(2, 'message', 'string'), field(3, 'code', 'enum')],
};
