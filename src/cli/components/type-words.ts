import type { FieldSchema } from './field-schema.js';

/** What a field takes, in words: `integer or null`, `list of string`, `` `gzip` or `none` ``. */
export function typeWords(schema: FieldSchema): string {
  return alternatives([...new Set(formsOf(schema))]);
}

function formsOf(schema: FieldSchema): readonly string[] {
  if (schema.title !== undefined) return [schema.title];
  if (schema.const !== undefined) return [code(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map(code);
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (forms.length > 0) return forms.flatMap(formsOf);
  if (schema.not !== undefined) return ['nothing'];
  if (schema.type === 'array') return [`list${ofWhat(schema.items)}`];
  if (schema.type === 'object') {
    const { additionalProperties: members } = schema;
    return [`map${ofWhat(typeof members === 'object' ? members : undefined)}`];
  }
  return [schema.type ?? 'any value'];
}

function ofWhat(member: FieldSchema | undefined): string {
  if (member === undefined) return '';
  const words = typeWords(member);
  return words.includes(' or ') ? ` of (${words})` : ` of ${words}`;
}

const code = (value: unknown): string => (value === null ? 'null' : `\`${String(value)}\``);

function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? 'any value';
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
