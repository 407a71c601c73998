import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { loadConfig } from '../../src/config/load.js';
import { type ConfigPath, formatPath } from '../../src/config/location.js';
import { listComponents } from '../../src/engine/component-list.js';
import { configSchema } from '../../src/engine/config-schema.js';
import { Catalog } from '../../src/extension/catalog.js';

/** The maps of the model, by place: `groups.*.pipelines.*.connections[]`. */
type Structure = Map<string, { readonly fields: readonly string[]; readonly required: readonly string[] }>;

/** A name that resembles no field, so that the reader answers with all that it knows. */
const ODD = 'zzzzzzzzzz';
/** A name that a user gives, and how it is written in a place. */
const NAMED = 'n';

/** What the reader knows of a map, which it says when a field of it is not known. */
async function readerKnows(path: ConfigPath) {
  const doc = path.reduceRight<unknown>(
    (inner, part) => (typeof part === 'number' ? [inner] : { [part]: inner }),
    { [ODD]: 1 },
  );
  const { diagnostics } = await loadConfig([{ value: doc }]);
  const at = formatPath([...path, ODD]);
  const unknown = diagnostics
    .sorted()
    .find(({ code, path: place }) => code === 'unknown_field' && formatPath(place) === at);
  if (unknown === undefined) return undefined;
  const [, names = ''] = /; there (?:is|are) (.*)$/.exec(unknown.message) ?? [];
  if (/ and \d+ more$/.test(names))
    throw new Error(`the reader does not name all fields of ${at}; ask it in parts`);
  const missing = diagnostics
    .sorted()
    .filter(
      ({ code, path: place }) =>
        code === 'missing_field' &&
        place.length === path.length + 1 &&
        formatPath(place).startsWith(formatPath(path)),
    );
  return {
    fields: [...new Set([...names.matchAll(/'([^']+)'/g)].map(([, name]) => name as string))].sort(),
    required: missing.map(({ path: place }) => String(place.at(-1))).sort(),
  };
}

/** Finds every map that the reader knows, by asking it. */
async function walkReader(path: ConfigPath = [], found: Structure = new Map()): Promise<Structure> {
  const known = await readerKnows(path);
  if (known === undefined) return found;
  found.set(shown(path), known);
  for (const field of known.fields) {
    await walkReader([...path, field], found);
    await walkReader([...path, field, NAMED], found);
    await walkReader([...path, field, 0], found);
  }
  return found;
}

const shown = (path: ConfigPath): string => formatPath(path.map((part) => (part === NAMED ? '*' : part)));

interface Part {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Part | boolean;
  readonly items?: Part;
}

/** Finds every map that the schema knows. What follows from a type is not structure. */
function walkSchema(root: { readonly $defs: Readonly<Record<string, Part>> } & Part): Structure {
  const found: Structure = new Map();
  const walk = (part: Part, path: ConfigPath): void => {
    const schema = part.$ref === undefined ? part : (root.$defs[part.$ref.replace('#/$defs/', '')] as Part);
    const { properties, additionalProperties, items, required = [] } = schema;
    if (properties !== undefined) {
      // Capabilities are names of traits, which the structure does not know.
      if (path.at(-1) === 'capabilities') return;
      found.set(shown(path), { fields: Object.keys(properties).sort(), required: [...required].sort() });
      for (const [name, field] of Object.entries(properties)) walk(field, [...path, name]);
    }
    if (typeof additionalProperties === 'object') walk(additionalProperties, [...path, NAMED]);
    if (items !== undefined) walk(items, [...path, 0]);
  };
  walk(root, []);
  return found;
}

describe('the structure of a configuration', () => {
  it('is the same to the reader and in the JSON Schema, every field of every map', async () => {
    const schema = configSchema(listComponents(new Catalog([builtIns])));
    const ofReader = await walkReader();
    const ofSchema = walkSchema(schema as unknown as Parameters<typeof walkSchema>[0]);
    expect([...ofReader.keys()]).toContain('groups["*"].pipelines["*"].connections[0].policies');
    expect(Object.fromEntries([...ofSchema].sort())).toEqual(Object.fromEntries([...ofReader].sort()));
  });
});
