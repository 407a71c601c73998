import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { listComponents } from '../../src/engine/component-list.js';
import { configSchema } from '../../src/engine/config-schema.js';
import { Catalog } from '../../src/extension/catalog.js';
import { parsePath, placesOf, refusedPlaces, schemaChecker, valuesOf } from '../fixtures/schema-places.js';
import { wrongConfigs } from '../fixtures/wrong-configs.js';

const schema = configSchema(listComponents(new Catalog([builtIns])));
const check = schemaChecker(schema);
const folder = new URL('../../config/', import.meta.url);

describe('the JSON Schema of a configuration', () => {
  it('accepts every file in config/', async () => {
    const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name));
    expect(files).toContain('demo.yaml');
    for (const file of files) {
      const text = await readFile(new URL(file, folder), 'utf8');
      expect([file, refusedPlaces(check, valuesOf(text))]).toEqual([file, []]);
    }
  });

  it.each(wrongConfigs)(
    'refuses where validate does, but for what it cannot see: $what',
    ({ text, mistakes }) => {
      const value = valuesOf(text);
      const seen = mistakes.filter(({ unseen }) => unseen === undefined).map(({ at }) => parsePath(at));
      expect(refusedPlaces(check, value)).toEqual(placesOf(seen, value));
    },
  );
});
