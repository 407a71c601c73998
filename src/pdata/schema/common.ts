import { type FieldDefinition, field, oneof, repeated } from './message-type.js';

/**
 * opentelemetry.proto.common.v1 and resource.v1. The string-table indexes of `AnyValue` and `KeyValue` belong to
 * profiles alone and are to be ignored elsewhere, so they are left unknown here.
 */
export const commonMessages: Readonly<Record<string, readonly FieldDefinition[]>> = {
  AnyValue: oneof(
    'value',
    field(1, 'string_value', 'string'),
    field(2, 'bool_value', 'bool'),
    field(3, 'int_value', 'int64'),
    field(4, 'double_value', 'double'),
    field(5, 'array_value', 'ArrayValue'),
    field(6, 'kvlist_value', 'KeyValueList'),
    field(7, 'bytes_value', 'bytes'),
  ),
  ArrayValue: [repeated(1, 'values', 'AnyValue')],
  KeyValueList: [repeated(1, 'values', 'KeyValue')],
  KeyValue: [field(1, 'key', 'string'), field(2, 'value', 'AnyValue')],
  InstrumentationScope: [
    field(1, 'name', 'string'),
    field(2, 'version', 'string'),
    repeated(3, 'attributes', 'KeyValue'),
    field(4, 'dropped_attributes_count', 'uint32'),
  ],
  EntityRef: [
    field(1, 'schema_url', 'string'),
    field(2, 'type', 'string'),
    repeated(3, 'id_keys', 'string'),
    repeated(4, 'description_keys', 'string'),
  ],
  Resource: [
    repeated(1, 'attributes', 'KeyValue'),
    field(2, 'dropped_attributes_count', 'uint32'),
    repeated(3, 'entity_refs', 'EntityRef'),
  ],
};
