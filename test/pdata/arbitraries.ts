import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { Signal } from '../../src/authoring.js';
import { requestTypes } from './otlp-proto.js';

/** Ids are base64 in proto3 JSON and hex in OTLP/JSON. */
const ids = new Set(['traceId', 'spanId', 'parentSpanId']);

/** Any request of a signal, every field of the schema included, in proto3 JSON: what protobufjs takes. */
export function arbitraryRequest(signal: Signal): fc.Arbitrary<object> {
  return arbitraryMessage(requestTypes[signal], 0);
}

export const arbitrarySignal: fc.Arbitrary<Signal> = fc.constantFrom('traces', 'metrics', 'logs');

/** The same request in OTLP/JSON. */
export function toOtlpJson(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((element) => toOtlpJson(element));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toOtlpJson(inner, name)]));
  }
  return ids.has(key) && typeof value === 'string' ? Buffer.from(value, 'base64').toString('hex') : value;
}

/** Enough levels to get from the request to the exemplars of a data point, and some values inside values. */
const MAX_LEVEL = 10;

function arbitraryMessage(type: protobuf.Type, level: number): fc.Arbitrary<object> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  const chosen: fc.Arbitrary<object>[] = [];
  for (const field of type.fieldsArray) {
    field.resolve();
    if (field.resolvedType instanceof protobuf.Type && level >= MAX_LEVEL) continue;
    const one = arbitraryValue(field, level);
    if (field.partOf !== null && !field.getOption('proto3_optional')) {
      chosen.push(one.map((value) => ({ [field.name]: value })));
    } else {
      fields[field.name] = field.repeated ? fc.array(one, { maxLength: 3 }) : one;
    }
  }
  const plain = fc.record(fields, { requiredKeys: [] });
  if (chosen.length === 0) return plain;
  const one = fc.oneof({ maxDepth: 4, depthIdentifier: 'otlp' }, fc.constant({}), ...chosen);
  return fc.tuple(plain, one).map(([rest, member]) => ({ ...rest, ...member }));
}

function arbitraryValue(field: protobuf.Field, level: number): fc.Arbitrary<unknown> {
  const { resolvedType } = field;
  // Lazily: messages contain themselves.
  if (resolvedType instanceof protobuf.Type) {
    return fc.constant(undefined).chain(() => arbitraryMessage(resolvedType, level + 1));
  }
  if (resolvedType instanceof protobuf.Enum) return fc.nat({ max: 2 });
  switch (field.type) {
    case 'string':
      return fc.string({ unit: 'binary' });
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'bool':
      return fc.boolean();
    case 'double':
      return fc.double().map(toJsonDouble);
    case 'int32':
    case 'sint32':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case 'uint32':
    case 'fixed32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'int64':
    case 'sfixed64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    case 'uint64':
    case 'fixed64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
    default:
      throw new Error(`no arbitrary for ${field.type}`);
  }
}

/** JSON has no sign for zero. */
function toJsonDouble(double: number): number | string {
  if (Object.is(double, -0)) return '-0';
  return Number.isFinite(double) ? double : String(double);
}
