import { type FieldDefinition, field, repeated } from './message-type.js';

/** opentelemetry.proto.logs.v1 and collector.logs.v1. */
export const logMessages: Readonly<Record<string, readonly FieldDefinition[]>> = {
  ExportLogsServiceRequest: [repeated(1, 'resource_logs', 'ResourceLogs')],
  ResourceLogs: [
    field(1, 'resource', 'Resource'),
    repeated(2, 'scope_logs', 'ScopeLogs'),
    field(3, 'schema_url', 'string'),
  ],
  ScopeLogs: [
    field(1, 'scope', 'InstrumentationScope'),
    repeated(2, 'log_records', 'LogRecord'),
    field(3, 'schema_url', 'string'),
  ],
  LogRecord: [
    field(1, 'time_unix_nano', 'fixed64'),
    field(2, 'severity_number', 'enum'),
    field(3, 'severity_text', 'string'),
    field(5, 'body', 'AnyValue'),
    repeated(6, 'attributes', 'KeyValue'),
    field(7, 'dropped_attributes_count', 'uint32'),
    field(8, 'flags', 'fixed32'),
    field(9, 'trace_id', 'id'),
    field(10, 'span_id', 'id'),
    field(11, 'observed_time_unix_nano', 'fixed64'),
    field(12, 'event_name', 'string'),
  ],
};
