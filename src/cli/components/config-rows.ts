import type { FieldSchema } from './field-schema.js';
import { typeWords } from './type-words.js';

/** What there is to know about one field of a component's configuration. */
export interface ConfigRow {
  /** From the top of `config`: `http.tls.ca_file`; `sets[].name` of each item, `headers.*.value` of each member. */
  readonly field: string;
  /** In words: `duration`, `list of string`. */
  readonly type: string;
  /** As one writes it in YAML; `required` when the field must be given; empty when it may be left out. */
  readonly default: string;
  readonly description: string;
}

/**
 * The fields of a configuration in the order of its schema, those of sections below their section.
 *
 * @param schema JSON Schema of `config`, as it is written in a file
 */
export function configRows(schema: FieldSchema): readonly ConfigRow[] {
  return fieldsOf(schema, '');
}

function fieldsOf(schema: FieldSchema, prefix: string): readonly ConfigRow[] {
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    return [row(path, field, schema.required?.includes(name) === true), ...fieldsOf(field, `${path}.`)];
  });
  if (typeof schema.additionalProperties === 'object') {
    rows.push(...fieldsOf(schema.additionalProperties, `${prefix}*.`));
  }
  if (schema.items !== undefined) rows.push(...fieldsOf(schema.items, `${prefix.slice(0, -1)}[].`));
  rows.push(...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((form) => fieldsOf(form, prefix)));
  // Two forms of one value may share fields.
  return rows.filter((each, index) => rows.findIndex(({ field }) => field === each.field) === index);
}

function row(field: string, schema: FieldSchema, required: boolean): ConfigRow {
  const isSection = schema.properties !== undefined && isEmptyMap(schema.default);
  const given = schema.default === undefined || isSection ? '' : asYaml(schema.default);
  return {
    field,
    type: typeWords(schema),
    default: required ? 'required' : given,
    description: schema.description ?? '',
  };
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** A value as one writes it on a line of YAML. */
function asYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${name}: ${asYaml(member)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return value === '' ? '""' : String(value);
}
