import type { Schema } from './expansion.js';
import { duration, list, map, noEffects, ref, text } from './parts.js';

/** What may stand as the `type` of a node or an extension, and what follows from it. */
export interface TypeSchema {
  /** All spellings of the type, the one to propose first. */
  readonly names: readonly string[];
  readonly description: string;
  /** The schema of `config`. */
  readonly config: Schema;
  /** Whether something in `config` must be given, so that it cannot be left out. */
  readonly configRequired: boolean;
  /** Traits that `capabilities` may bind. */
  readonly uses: readonly string[];
  /** Traits that `capabilities` must bind. */
  readonly requires: readonly string[];
  /** Fields of a component that mean nothing for this type. */
  readonly hasNo: readonly string[];
}

export interface StructureOptions {
  readonly nodes: readonly TypeSchema[];
  readonly extensions: readonly TypeSchema[];
  /** All traits, with what they are. */
  readonly traits: readonly { readonly name: string; readonly description: string }[];
  /** Definitions that the schemas of configs refer to. */
  readonly definitions: Readonly<Record<string, Schema>>;
}

export const nodeFields = (): Readonly<Record<string, Schema>> => ({
  description: text('What it is for.'),
  outputs: { ...list('The names of its outputs, when it has several.', ref('text')), uniqueItems: true },
  default_output: text('The output that is meant where none is named.'),
  ...noEffects('entity', 'header_capture', 'header_propagation', 'rate_limiters', 'policies'),
});

export const extensionFields = (): Readonly<Record<string, Schema>> => ({
  description: text('What it is for.'),
  readiness_timeout: duration('How long the data path waits until it is ready, such as 30s.'),
});

const CAPABILITIES = 'Which extensions it uses, by trait.';

/** A node or an extension: what is allowed in `config` and `capabilities` follows from its type. */
export function component(
  fields: Readonly<Record<string, Schema>>,
  types: readonly TypeSchema[],
  { traits }: StructureOptions,
): Schema {
  const spellings = [0, 1].flatMap((index) =>
    types.flatMap(({ names: [...all], description }) => {
      const name = all[index];
      return name === undefined ? [] : [{ name, description }];
    }),
  );
  return {
    type: 'object',
    required: ['type'],
    properties: {
      type: {
        description: 'What it is: <kind>:<id>, or urn:<namespace>:<kind>:<id>.',
        anyOf: [
          {
            enum: spellings.map(({ name }) => name),
            enumDescriptions: spellings.map(({ description }) => description),
          },
          ref('expansion'),
        ],
      },
      config: { description: 'Its configuration; the type says which fields there are.' },
      capabilities: { description: CAPABILITIES },
      ...fields,
    },
    additionalProperties: false,
    allOf: [
      ...types.map((type) => ({
        if: isOneOf(type.names),
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits the schema.
        then: consequences(type, traits),
      })),
      // Stands apart so that an editor proposes for a type that it knows only what that one uses.
      {
        if: isOneOf(types.flatMap((type) => type.names)),
        else: {
          properties: {
            capabilities: capabilities(
              traits.map(({ name }) => name),
              traits,
            ),
          },
        },
      },
    ],
  };
}

const isOneOf = (names: readonly string[]): Schema => ({
  type: 'object',
  properties: { type: { enum: names } },
  required: ['type'],
});

function consequences(type: TypeSchema, traits: StructureOptions['traits']): Schema {
  const required = [
    ...(type.configRequired ? ['config'] : []),
    ...(type.requires.length > 0 ? ['capabilities'] : []),
  ];
  return {
    properties: {
      config: type.config,
      capabilities: capabilities(type.uses, traits),
      ...Object.fromEntries(type.hasNo.map((field) => [field, false])),
    },
    ...(required.length === 0 ? {} : { required }),
    ...(type.requires.length === 0 ? {} : mustBind(type.requires, traits)),
  };
}

/**
 * Refuses the component, as `validate` does, rather than what it binds; not because of what is bound by a wrong name,
 * or in something that is no map, which is refused where it stands.
 */
function mustBind(requires: readonly string[], traits: StructureOptions['traits']): Schema {
  const bound = {
    anyOf: [
      { type: 'object', required: requires },
      { type: 'object', not: { propertyNames: { enum: traits.map(({ name }) => name) } } },
      { not: { type: ['object', 'null'] } },
    ],
  };
  return {
    if: { type: 'object', properties: { capabilities: bound }, required: ['capabilities'] },
    // A component is never nothing, and of a wrong type editors show the message.
    else: { type: 'null', errorMessage: `must bind ${requires.join(' and ')} under capabilities` },
  };
}

function capabilities(uses: readonly string[], traits: StructureOptions['traits']): Schema {
  const used = traits.filter(({ name }) => uses.includes(name));
  return map(
    CAPABILITIES,
    Object.fromEntries(used.map(({ name, description }) => [name, text(description)])),
  );
}
