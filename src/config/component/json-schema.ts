import { z } from 'zod';
import type { ConfigPath } from '../location.js';

/** The parts of a JSON Schema that tell which fields there are. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly writeOnly?: boolean;
}

const made = new WeakMap<z.ZodType, JsonSchema>();

/** What a component's schema takes, as a JSON Schema. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  let json = made.get(schema);
  if (json === undefined) {
    json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    made.set(schema, json);
  }
  return json;
}

/** All schemas that can hold at a path, as there are several where a schema leaves a choice. */
export function schemasAt(root: JsonSchema, path: ConfigPath): readonly JsonSchema[] {
  let schemas = choices(root, root);
  for (const part of path) {
    schemas = schemas.flatMap((schema) => membersOf(schema, part)).flatMap((schema) => choices(schema, root));
  }
  return schemas;
}

/** The names of the fields that can stand in the map at a path. */
export function fieldsAt(root: JsonSchema, path: ConfigPath): readonly string[] {
  return [...new Set(schemasAt(root, path).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** The paths of those values that the schema says are secret. */
export function secretPaths(root: JsonSchema, value: unknown): readonly ConfigPath[] {
  const found: ConfigPath[] = [];
  const walk = (schemas: readonly JsonSchema[], member: unknown, path: ConfigPath): void => {
    if (schemas.length === 0) return;
    if (schemas.some((schema) => schema.writeOnly === true)) {
      found.push(path);
      return;
    }
    if (typeof member !== 'object' || member === null) return;
    const parts = Array.isArray(member) ? [...member.keys()] : Object.keys(member);
    for (const part of parts) {
      const below = schemas
        .flatMap((schema) => membersOf(schema, part))
        .flatMap((schema) => choices(schema, root));
      walk(below, (member as Readonly<Record<string | number, unknown>>)[part], [...path, part]);
    }
  };
  walk(choices(root, root), value, []);
  return found;
}

function membersOf(schema: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (typeof part === 'number') {
    const item = schema.prefixItems?.[part] ?? schema.items;
    return item === undefined ? [] : [item];
  }
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, part)) return [properties[part] as JsonSchema];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

/** A schema and all that it refers to or leaves a choice of. */
function choices(schema: JsonSchema, root: JsonSchema, seen = new Set<JsonSchema>()): readonly JsonSchema[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const others = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const target = schema.$ref === undefined ? undefined : resolveRef(schema.$ref, root);
  if (target !== undefined) others.push(target);
  return [schema, ...others.flatMap((other) => choices(other, root, seen))];
}

function resolveRef(ref: string, root: JsonSchema): JsonSchema | undefined {
  if (ref === '#') return root;
  const name = /^#\/\$defs\/(.+)$/.exec(ref)?.[1];
  return name === undefined ? undefined : root.$defs?.[decodeURIComponent(name)];
}
