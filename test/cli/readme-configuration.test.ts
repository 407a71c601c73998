/*
 * Between the two markers below, the README of each built-in has the table of its configuration, made from the
 * schema in its config.ts: names, types, defaults, and what `.describe()` says of each field. After changing a
 * schema, or to give a new README its table, run
 *
 *   UPDATE_READMES=1 node --experimental-vm-modules node_modules/jest/bin/jest.js readme-configuration
 *
 * and commit what it wrote. What a table cannot say goes below it, outside of the markers.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../src/builtins.js';
import { configRows } from '../../src/cli/components/config-rows.js';
import { configTable } from '../../src/cli/components/config-table.js';
import { listComponents } from '../../src/engine/component-list.js';
import { Catalog } from '../../src/extension/catalog.js';

const BEGIN = '<!-- configuration: from the schema -->';
const END = '<!-- end of configuration -->';
const HEADING = '## Configuration\n';

const src = new URL('../../src/', import.meta.url);
const update = process.env.UPDATE_READMES === '1';
const list = listComponents(new Catalog([builtIns]));
const rooms = ['extensions', 'receivers', 'processors', 'exporters'] as const;

/** Variants of a component that stand in its folder and have its configuration. */
const variants: Readonly<Record<string, string>> = {
  token_bucket_per_consumer: 'token_bucket',
  token_bucket_per_worker: 'token_bucket',
};

const folderOf = (urn: string): string => {
  const id = urn.split(':')[3] as string;
  return (variants[id] ?? id).replaceAll('_', '-');
};
const components = rooms.flatMap((room) =>
  list[room].map(({ type, urn, config }) => ({ type, config, folder: `${room}/${folderOf(urn)}` })),
);

/** The text with the table between the markers, which are put below the heading when there are none. */
function withTable(readme: string, table: string): string {
  const block = `${BEGIN}\n\n${table}\n${END}`;
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin !== -1 && end > begin) return readme.slice(0, begin) + block + readme.slice(end + END.length);
  return readme.replace(HEADING, () => `${HEADING}\n${block}\n`);
}

describe('the README of each built-in', () => {
  it.each(components)('has the fields of $type as they are in its schema', async ({ folder, config }) => {
    const file = new URL(`${folder}/README.md`, src);
    const readme = await readFile(file, 'utf8');
    expect(readme).toContain(HEADING);
    const expected = withTable(readme, configTable(config));
    if (update && expected !== readme) await writeFile(file, expected);
    else expect(readme).toBe(expected);
  });

  it.each(components)('says of every field of $type what it is for', ({ config }) => {
    const silent = configRows(config).filter(({ description }) => description === '');
    expect(silent.map(({ field }) => field)).toEqual([]);
  });

  it('stands in a folder of the name of a component', async () => {
    const folders = await Promise.all(
      rooms.map(async (room) => (await readdir(new URL(room, src))).map((name) => `${room}/${name}`)),
    );
    expect(folders.flat().sort()).toEqual([...new Set(components.map(({ folder }) => folder))].sort());
  });
});
