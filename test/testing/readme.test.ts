import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { packageRoot } from '../fixtures/dataflow-process.js';
import { type CodeBlock, codeBlocks } from '../readme/blocks.js';

const run = promisify(execFile);

let blocks: readonly CodeBlock[];
/** A project of a reader who has installed the package and copied every block. */
let project: string;

beforeAll(async () => {
  blocks = await codeBlocks(new URL('../../src/testing/README.md', import.meta.url));
  project = await mkdtemp(join(tmpdir(), 'testing-readme-'));
  await mkdir(join(project, 'node_modules/@types'), { recursive: true });
  await symlink(packageRoot, join(project, 'node_modules/otap-dataflow'), 'dir');
  for (const name of ['@types/node', 'undici-types']) {
    await symlink(join(packageRoot, 'node_modules', name), join(project, 'node_modules', name), 'dir');
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  for (const { file, text } of blocks) await writeFile(join(project, file as string), text);
});
afterAll(() => rm(project, { recursive: true }));

it('the tests in the README of the testing kit compile and pass', async () => {
  const files = blocks.map(({ file }) => file as string);
  expect(files).toEqual(['limited.ts', 'limited.test.ts']);
  const flags = ['--strict', '--types', 'node', '--target', 'es2022', '--module', 'nodenext'];
  const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, ...files, ...flags, '--experimentalDecorators', '--skipLibCheck'], {
    cwd: project,
  }).catch(({ stdout }) => {
    throw new Error(String(stdout));
  });
  // Set by Jest; the test runner of Node would take it for its own.
  const { NODE_OPTIONS: _jest, ...env } = process.env;
  const { stdout } = await run(process.execPath, ['--test', 'limited.test.js'], { cwd: project, env });
  expect(stdout).toMatch(/pass 3\n.*fail 0\n/s);
}, 60_000);
