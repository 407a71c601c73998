import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugin-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** In a process of its own, for the loader of the test runner is not the platform's. */
const script = `
  import { writeFile } from 'node:fs/promises';
  import { join } from 'node:path';
  const [loader, folder] = process.argv.slice(1);
  const { loadPlugin } = await import(loader);
  for (const text of ["throw new Error('half written')", "throw new Error('still wrong')", 'export const mended = 1']) {
    await writeFile(join(folder, 'plugin.mjs'), text);
    await loadPlugin('./plugin.mjs', folder).catch((error) => console.log(error.message));
  }
`;

it('a plugin that failed to load is read anew the next time, for it may have been mended', async () => {
  const loader = new URL('../../dist/extension/plugin.js', import.meta.url).href;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, loader, folder]);
  expect((await child).stdout.split('\n')).toEqual([
    expect.stringContaining('could not be loaded: half written'),
    expect.stringContaining('could not be loaded: still wrong'),
    expect.stringContaining('exports no component'),
    '',
  ]);
});
