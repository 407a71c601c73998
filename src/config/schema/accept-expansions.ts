import { NOT_UNDERSTOOD, orExpansion, type Schema, TEXT } from './expansion.js';

/**
 * The schema of a component's config as it holds for a file, in which `${...}` may stand in place of every text,
 * number and truth value. Keys are never expanded, and maps and lists are never what an expansion becomes.
 */
export function acceptExpansions(schema: Schema): Schema {
  const below = withMembers(schema);
  const forms = formsOf(below);
  if (forms !== undefined) {
    const anyOf = forms.map((form) => (isFreeText(form) ? text(form) : form));
    const { oneOf: _, ...rest } = below;
    const any = { ...rest, anyOf };
    return anyOf.some(isValue) && !anyOf.some(isFreeText) ? orExpansion(any) : any;
  }
  if (isFreeText(below)) return text(below);
  return isValue(below) ? orExpansion(below) : below;
}

/** The schema with the same done to everything in it. The forms of a value share one alternative, added outside. */
function withMembers(schema: Schema): Schema {
  const changed: Record<string, unknown> = { ...schema };
  for (const name of ['properties', '$defs', 'patternProperties']) {
    const members = schema[name];
    if (isMap(members)) changed[name] = mapValues(members, acceptExpansions);
  }
  for (const name of ['additionalProperties', 'items']) {
    const member = schema[name];
    if (isMap(member)) changed[name] = acceptExpansions(member);
  }
  for (const name of ['prefixItems', 'allOf']) {
    const members = schema[name];
    if (Array.isArray(members)) changed[name] = members.map((member: Schema) => acceptExpansions(member));
  }
  return changed;
}

/** An expansion may fit several forms, so that exactly one fits is no longer asked. */
function formsOf({ anyOf, oneOf }: Schema): readonly Schema[] | undefined {
  const forms = anyOf ?? oneOf;
  if (!Array.isArray(forms)) return undefined;
  return forms.map((form: Schema) =>
    form.anyOf === undefined && form.oneOf === undefined ? withMembers(form) : acceptExpansions(form),
  );
}

/** A text of any form. It is not empty at most, which an expansion is not either. */
function isFreeText({
  type,
  pattern,
  format,
  minLength,
  maxLength,
  enum: words,
  const: word,
}: Schema): boolean {
  const rules = [pattern === TEXT ? undefined : pattern, format, maxLength, words, word];
  return type === 'string' && Number(minLength ?? 0) <= 1 && rules.every((rule) => rule === undefined);
}

const text = (schema: Schema): Schema => ({
  ...schema,
  pattern: TEXT,
  patternErrorMessage: NOT_UNDERSTOOD,
});

/** Whether the schema describes a text, a number or a truth value. */
function isValue({ type, enum: words, const: word }: Schema): boolean {
  const types = Array.isArray(type) ? type : [type];
  if (types.some((each) => ['string', 'number', 'integer', 'boolean'].includes(each))) return true;
  return type === undefined && (words !== undefined || word !== undefined);
}

function isMap(value: unknown): value is Schema & Readonly<Record<string, Schema>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(members: Readonly<Record<string, Schema>>, change: (member: Schema) => Schema): Schema {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, change(member)]));
}
