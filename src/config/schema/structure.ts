import { MODEL_VERSION } from '../structure/engine.js';
import { component, extensionFields, nodeFields, type StructureOptions } from './component.js';
import { connection } from './connection.js';
import { expansionDefinitions, NOT_UNDERSTOOD, orExpansion, type Schema, TEXT } from './expansion.js';
import { flag, list, map, names, noEffect, noEffects, ref, text } from './parts.js';
import { coreRange, policies } from './policies.js';

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
      count: orExpansion({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
      core_range: coreRange(),
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

function engine(): Schema {
  return map('What belongs to the whole process.', {
    ...noEffects('topics', 'http_admin', 'telemetry', 'observed_state', 'observability', 'controller'),
    custom: { description: 'Free for applications that embed the engine, which does not read it.' },
    extensions: ref('extensions'),
    plugins: list(
      'Modules to load components from: packages, or paths relative to this file.',
      text('A package, or a path that starts with ./ or ../'),
    ),
    plugin_scan: flag("Whether to load the plugins among the dependencies of this file's project."),
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
