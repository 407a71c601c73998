import { MODEL_VERSION } from '../structure/engine.js';
import { expansionDefinitions, NOT_UNDERSTOOD, orExpansion, type Schema, TEXT } from './expansion.js';

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
}

export interface StructureOptions {
  readonly nodes: readonly TypeSchema[];
  readonly extensions: readonly TypeSchema[];
  /** All traits, with what they are. */
  readonly traits: readonly { readonly name: string; readonly description: string }[];
  /** Definitions that the schemas of configs refer to. */
  readonly definitions: Readonly<Record<string, Schema>>;
}

/**
 * One JSON Schema (draft 2020-12) for a whole configuration file. It knows the fields that the readers in
 * `../structure` know; a test walks both and compares them.
 */
export function structureSchema(options: StructureOptions): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of otap-dataflow',
    ...map('', {
      version: { ...orExpansion({ const: MODEL_VERSION }), description: 'The version of the model.' },
      policies: ref('policies'),
      topics: noEffect(),
      engine: ref('engine'),
      groups: names('Groups of pipelines, by name.', ref('group')),
    }),
    type: 'object',
    required: ['version'],
    $defs: {
      ...expansionDefinitions,
      name: { pattern: '^[^\\s[\\]"\'](?:[^[\\]"\']*[^\\s[\\]"\'])?$' },
      text: { type: 'string', minLength: 1, pattern: TEXT, patternErrorMessage: NOT_UNDERSTOOD },
      policies: policies(),
      capacity: orExpansion({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      engine: engine(),
      group: group(),
      pipeline: pipeline(),
      node: component(nodeFields(), options.nodes, options),
      extension: component(extensionFields(), options.extensions, options),
      extensions: names('Extensions, by name: what components of this scope share.', ref('extension')),
      connection: connection(),
      ...options.definitions,
    },
  };
}

const ref = (name: string, annotations: Schema = {}): Schema => ({ ...annotations, $ref: `#/$defs/${name}` });

const text = (description: string): Schema => ref('text', { description });

/** A map with these fields; one with nothing in it may be left empty. */
function map(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return {
    ...(description === '' ? {} : { description }),
    type: ['object', 'null'],
    properties,
    additionalProperties: false,
  };
}

/** A map whose keys are names that the user gives. */
function names(description: string, member: Schema): Schema {
  return {
    description,
    type: ['object', 'null'],
    propertyNames: ref('name'),
    additionalProperties: member,
  };
}

const list = (description: string, items: Schema): Schema => ({
  description,
  type: ['array', 'null'],
  items,
});

const noEffect = (): Schema => ({
  description: 'Accepted for files of the reference engine; has no effect here.',
  deprecated: true,
});

function noEffects(...fields: readonly string[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(fields.map((name) => [name, noEffect()]));
}

function policies(): Schema {
  const messages = 'How many messages the queue before a node holds; 128 unless given.';
  return map('Policies of this scope. A family that is given replaces that of the wider scope whole.', {
    channel_capacity: map('How much the queues between nodes hold.', {
      pdata: ref('capacity', { description: messages }),
      control: {
        ...map('Accepted for files of the reference engine; has no effect here.', {
          node: ref('capacity'),
          pipeline: ref('capacity'),
          completion: ref('capacity'),
        }),
        deprecated: true,
      },
    }),
    ...noEffects('health', 'telemetry', 'resources', 'runtime_recovery', 'transport_headers'),
  });
}

function engine(): Schema {
  return map('What belongs to the whole process.', {
    ...noEffects('topics', 'http_admin', 'telemetry', 'observed_state', 'observability', 'controller'),
    custom: { description: 'Free for applications that embed the engine, which does not read it.' },
    extensions: ref('extensions'),
    plugins: list(
      'Modules to load components from: packages, or paths relative to this file.',
      text('A package, or a path that starts with ./ or ../'),
    ),
    plugin_scan: {
      ...orExpansion({ type: ['boolean', 'null'] }),
      description: "Whether to load the plugins among the dependencies of this file's project.",
    },
  });
}

function group(): Schema {
  return map('', {
    policies: ref('policies'),
    topics: noEffect(),
    extensions: ref('extensions'),
    pipelines: names('Pipelines, by name.', ref('pipeline')),
  });
}

function pipeline(): Schema {
  return map('', {
    type: {
      ...orExpansion({ enum: ['otlp', 'otap'] }),
      description: 'What data it carries; here always OTLP.',
    },
    policies: ref('policies'),
    extensions: ref('extensions'),
    nodes: names('Receivers, processors and exporters, by name.', ref('node')),
    connections: list('How data goes from node to node.', ref('connection')),
  });
}

const nodeFields = (): Readonly<Record<string, Schema>> => ({
  description: text('What it is for.'),
  outputs: { ...list('The names of its outputs, when it has several.', ref('text')), uniqueItems: true },
  default_output: text('The output that is meant where none is named.'),
  ...noEffects('entity', 'header_capture', 'header_propagation', 'rate_limiters', 'policies'),
});

const extensionFields = (): Readonly<Record<string, Schema>> => ({
  description: text('What it is for.'),
  readiness_timeout: {
    ...orExpansion({ type: 'string', pattern: '^(?=.*[1-9])(?:\\d+(?:\\.\\d+)?(?:ns|us|ms|s|m|h|d)\\s*)+$' }),
    title: 'duration',
    description: 'How long the data path waits until it is ready, such as 30s.',
  },
});

const CAPABILITIES = 'Which extensions it uses, by trait.';

/** A node or an extension: what is allowed in `config` and `capabilities` follows from its type. */
function component(
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
    properties: { config: type.config, capabilities: capabilities(type.uses, traits) },
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

/** NODE, or NODE["OUTPUT"] where an output may be named. */
const TARGET = '\\s*[^\\s[\\]"\'][^[\\]"\']*';
const SOURCE = `${TARGET}(?:\\[\\s*(?:"[^"]+"|'[^']+')\\s*\\]\\s*)?`;

function connection(): Schema {
  return {
    ...map('', {
      from: ends(SOURCE, 'The node that sends, as NODE or NODE["OUTPUT"], or a list of them.'),
      to: ends(TARGET, 'The node that receives, or a list of them.'),
      policies: map('', {
        dispatch: {
          ...orExpansion({ enum: ['one_of', 'broadcast'] }),
          description: 'one_of: several destinations compete for each message.',
        },
      }),
    }),
    type: 'object',
    required: ['from', 'to'],
  };
}

/** One end or several, which an expansion may name as well. */
function ends(form: string, description: string): Schema {
  const end = { pattern: `^(?:${form})$` };
  const expansion = ref('expansion');
  return {
    description,
    type: ['string', 'array'],
    if: { type: 'string' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits the schema.
    then: { anyOf: [end, expansion] },
    minItems: 1,
    items: { type: 'string', anyOf: [end, expansion] },
  };
}
