import type { Signal } from '../signal.js';
import { commonMessages } from './common.js';
import { logMessages } from './logs.js';
import type { Field, FieldDefinition, MessageType, ScalarKind } from './message-type.js';
import { metricMessages } from './metrics.js';
import { traceMessages } from './traces.js';

/**
 * The OTLP 1.x schema for traces, metrics and logs, compiled from the tables beside this file. `requests` are the
 * roots; `items` are the messages that are counted (spans, data points, log records).
 */
const definitions: Readonly<Record<string, readonly FieldDefinition[]>> = {
  ...commonMessages,
  ...traceMessages,
  ...metricMessages,
  ...logMessages,
};

const scalarKinds: ReadonlySet<string> = new Set<ScalarKind>([
  'string',
  'bytes',
  'id',
  'bool',
  'enum',
  'int32',
  'uint32',
  'sint32',
  'int64',
  'uint64',
  'fixed32',
  'fixed64',
  'sfixed64',
  'double',
]);

function isScalarKind(type: string): type is ScalarKind {
  return scalarKinds.has(type);
}

interface MessageInTheMaking extends MessageType {
  readonly fields: Field[];
  readonly byNumber: (Field | undefined)[];
  readonly byJsonName: Map<string, Field>;
}

function compile(): ReadonlyMap<string, MessageInTheMaking> {
  const types = new Map<string, MessageInTheMaking>();
  for (const name of Object.keys(definitions)) {
    types.set(name, { name, index: types.size, fields: [], byNumber: [], byJsonName: new Map() });
  }
  // Messages refer to each other in circles, so fields come after every message has its object.
  for (const [name, fieldDefinitions] of Object.entries(definitions)) {
    const type = lookUp(types, name);
    for (const definition of fieldDefinitions) {
      const field = resolve(types, definition);
      type.fields.push(field);
      type.byNumber[field.number] = field;
      type.byJsonName.set(field.jsonName, field);
    }
  }
  return types;
}

function resolve(types: ReadonlyMap<string, MessageInTheMaking>, definition: FieldDefinition): Field {
  const jsonName = definition.name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const { type } = definition;
  return isScalarKind(type)
    ? { ...definition, jsonName, kind: type, message: undefined }
    : { ...definition, jsonName, kind: 'message', message: lookUp(types, type) };
}

function lookUp<T>(types: ReadonlyMap<string, T>, name: string): T {
  const type = types.get(name);
  if (type === undefined) throw new Error(`OTLP schema: no message '${name}'`);
  return type;
}

const types = compile();

/** Every message, at its `index`. */
export const messageTypes: readonly MessageType[] = [...types.values()];

/** The root message of each signal. */
export const requests: Readonly<Record<Signal, MessageType>> = {
  traces: lookUp(types, 'ExportTraceServiceRequest'),
  metrics: lookUp(types, 'ExportMetricsServiceRequest'),
  logs: lookUp(types, 'ExportLogsServiceRequest'),
};

/** The messages that count as items: what `Pdata.itemCount` counts. */
export const items: ReadonlySet<MessageType> = new Set(
  [
    'Span',
    'LogRecord',
    'NumberDataPoint',
    'HistogramDataPoint',
    'ExponentialHistogramDataPoint',
    'SummaryDataPoint',
  ].map((name) => lookUp(types, name)),
);

/**
 * How deep messages may nest, the request being level 0. It is the default limit of the protobuf libraries of
 * C++, Java and Rust: what passes here can be read downstream. OTLP itself needs ten levels; the rest is for
 * attribute values inside attribute values.
 */
export const MAX_DEPTH = 100;
