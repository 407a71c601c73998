import { acceptExpansions } from '../config/schema/accept-expansions.js';
import type { TypeSchema } from '../config/schema/component.js';
import type { Schema } from '../config/schema/expansion.js';
import { structureSchema } from '../config/schema/structure.js';
import { traits } from '../traits/index.js';
import type { ComponentList, ExtensionEntry, NodeEntry } from './component-list.js';

/**
 * One JSON Schema (draft 2020-12) for a whole configuration file, from what an engine knows: structure, types, the
 * configuration of each type, and which capabilities it uses. It refuses what `validate` refuses, but for what no
 * such schema can see: names that are not declared, rules across fields, values that only the environment has.
 */
export function configSchema(list: ComponentList): Schema {
  const definitions: Record<string, Schema> = {};
  const typeSchema = (entry: NodeEntry | ExtensionEntry): TypeSchema => {
    const {
      $schema: _,
      $defs = {},
      ...config
    } = acceptExpansions(renamed(entry.config as Schema, entry.type));
    for (const [name, definition] of Object.entries($defs as Record<string, Schema>))
      definitions[`${entry.type}.${name}`] = definition;
    const required = (config.required as readonly string[] | undefined) ?? [];
    // `config:` with nothing in it counts as an empty map.
    const nullable = config.type === 'object' && required.length === 0;
    definitions[entry.type] = nullable ? { ...config, type: ['object', 'null'] } : config;
    return {
      names: entry.type === entry.urn ? [entry.type] : [entry.type, entry.urn],
      description: entry.description,
      config: { $ref: `#/$defs/${entry.type}` },
      configRequired: required.length > 0,
      uses: entry.uses,
      requires: entry.requires,
      hasNo: 'readiness' in entry && !entry.readiness ? ['readiness_timeout'] : [],
    };
  };
  const nodes = [...list.receivers, ...list.processors, ...list.exporters].map(typeSchema);
  const extensions = list.extensions.map(typeSchema);
  return structureSchema({ nodes, extensions, traits, definitions });
}

/** The schema with its references pointing at where its definitions stand in the whole. */
function renamed(schema: Schema, type: string): Schema {
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        name === '$ref' && typeof member === 'string' ? renamedReference(member, type) : rename(member),
      ]),
    );
  };
  return rename(schema) as Schema;
}

function renamedReference(reference: string, type: string): string {
  if (reference === '#') return `#/$defs/${type}`;
  return reference.replace(/^#\/\$defs\//, `#/$defs/${type}.`);
}
