/** The protobuf types of OTLP fields, and `id`: bytes that OTLP/JSON writes as hex (trace and span ids). */
export type ScalarKind =
  | 'string'
  | 'bytes'
  | 'id'
  | 'bool'
  | 'enum'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'int64'
  | 'uint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

/** One field of a message, as a table writes it down: `type` is a scalar kind or the name of a message. */
export interface FieldDefinition {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
  /** Absent and default are different things on the wire: `optional` fields and members of a oneof. */
  readonly presence: boolean;
  readonly oneof: string | undefined;
}

export interface ScalarField extends FieldDefinition {
  readonly jsonName: string;
  readonly kind: ScalarKind;
  readonly message: undefined;
}

export interface MessageField extends FieldDefinition {
  readonly jsonName: string;
  readonly kind: 'message';
  readonly message: MessageType;
}

export type Field = ScalarField | MessageField;

/** A message of the schema with its fields, ready to be looked up from the wire and from JSON. */
export interface MessageType {
  readonly name: string;
  /** Dense and stable within a process; an index into tables compiled from the schema. */
  readonly index: number;
  readonly fields: readonly Field[];
  /** Sparse: `byNumber[number]`. */
  readonly byNumber: readonly (Field | undefined)[];
  readonly byJsonName: ReadonlyMap<string, Field>;
}

export function field(number: number, name: string, type: string): FieldDefinition {
  return { number, name, type, repeated: false, presence: false, oneof: undefined };
}

export function optional(number: number, name: string, type: string): FieldDefinition {
  return { number, name, type, repeated: false, presence: true, oneof: undefined };
}

export function repeated(number: number, name: string, type: string): FieldDefinition {
  return { number, name, type, repeated: true, presence: false, oneof: undefined };
}

export function oneof(name: string, ...members: readonly FieldDefinition[]): FieldDefinition[] {
  return members.map((member) => ({ ...member, presence: true, oneof: name }));
}
