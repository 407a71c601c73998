import { orExpansion, type Schema } from './expansion.js';

export const ref = (name: string, annotations: Schema = {}): Schema => ({
  ...annotations,
  $ref: `#/$defs/${name}`,
});

export const text = (description: string): Schema => ref('text', { description });

/** A map with these fields; one with nothing in it may be left empty. */
export function map(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return {
    ...(description === '' ? {} : { description }),
    type: ['object', 'null'],
    properties,
    additionalProperties: false,
  };
}

/** A map whose keys are names that the user gives. */
export function names(description: string, member: Schema): Schema {
  return {
    description,
    type: ['object', 'null'],
    propertyNames: ref('name'),
    additionalProperties: member,
  };
}

export const list = (description: string, items: Schema): Schema => ({
  description,
  type: ['array', 'null'],
  items,
});

export const noEffect = (): Schema => ({
  description: 'Accepted for files of the reference engine; has no effect here.',
  deprecated: true,
});

export function noEffects(...fields: readonly string[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(fields.map((name) => [name, noEffect()]));
}

/** A duration above zero. */
export const duration = (description: string): Schema => ({
  ...orExpansion({ type: 'string', pattern: '^(?=.*[1-9])(?:\\d+(?:\\.\\d+)?(?:ns|us|ms|s|m|h|d)\\s*)+$' }),
  title: 'duration',
  description,
});

/** True or false. */
export const flag = (description: string): Schema => ({
  ...orExpansion({ type: ['boolean', 'null'] }),
  description,
});

/** One of a few words, each with what it means. */
export const words = (description: string, meanings: Readonly<Record<string, string>>): Schema => ({
  ...orExpansion({ enum: Object.keys(meanings), enumDescriptions: Object.values(meanings) }),
  description,
});
