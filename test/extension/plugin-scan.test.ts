import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scanPlugins } from '../../src/extension/plugin-scan.js';

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'scan-')));
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, content: object | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

const plugin = (name: string) => ({ name, keywords: ['otap-dataflow-plugin', 'telemetry'] });

describe('a scan for plugins', () => {
  it('finds the dependencies of every kind that have the keyword, and no others', async () => {
    await write('package.json', {
      dependencies: { b: '1', plain: '1' },
      devDependencies: { '@acme/a': '1' },
      optionalDependencies: { c: '1' },
      peerDependencies: { d: '1' },
    });
    for (const name of ['b', '@acme/a', 'c', 'd', 'undeclared']) {
      await write(`node_modules/${name}/package.json`, plugin(name));
    }
    await write('node_modules/plain/package.json', { name: 'plain', keywords: 'otap-dataflow-plugin' });
    expect(await scanPlugins(root)).toEqual({ directory: root, packages: ['@acme/a', 'b', 'c', 'd'] });
  });

  it('starts from the nearest package.json above the folder', async () => {
    await write('package.json', { dependencies: { outer: '1' } });
    await write('inner/package.json', { dependencies: { hoisted: '1' } });
    await write('inner/deep/er/x.txt', '');
    for (const name of ['outer', 'hoisted']) await write(`node_modules/${name}/package.json`, plugin(name));
    expect(await scanPlugins(join(root, 'inner/deep/er'))).toEqual({
      directory: join(root, 'inner'),
      packages: ['hoisted'],
    });
  });

  it('finds the project itself', async () => {
    await write('package.json', plugin('own'));
    expect((await scanPlugins(root)).packages).toEqual(['own']);
  });

  it('passes over a dependency that is not installed', async () => {
    await write('package.json', { dependencies: { absent: '1' } });
    expect((await scanPlugins(root)).packages).toEqual([]);
  });

  it('says what it misses', async () => {
    await expect(scanPlugins(root)).rejects.toThrow(
      `plugins are looked for among the dependencies of a package.json, and there is none in ${root} or above it`,
    );
    await write('package.json', '{');
    await expect(scanPlugins(root)).rejects.toThrow(`${join(root, 'package.json')} is not JSON: `);
    await write('package.json', '7');
    await expect(scanPlugins(root)).rejects.toThrow('is not the description of a package');
  });
});
