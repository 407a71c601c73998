import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jwtVerify } from 'jose';
import { builtIns } from '../../src/builtins.js';
import { missingOptions } from '../../src/cli/garbage-collection.js';
import { listComponents } from '../../src/engine/component-list.js';
import { Catalog } from '../../src/extension/catalog.js';
import { type CodeBlock, codeBlocks } from './blocks.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = new URL('../../README.md', import.meta.url);
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const main = join(root, 'dist/cli/main.js');
const run = promisify(execFile);

let blocks: readonly CodeBlock[];
/** A project of a reader who has installed the package and copied every block that has a file name. */
let project: string;

beforeAll(async () => {
  blocks = await codeBlocks(readme);
  project = await mkdtemp(join(tmpdir(), 'readme-'));
  await mkdir(join(project, 'node_modules/@types'), { recursive: true });
  await symlink(root, join(project, 'node_modules/otap-dataflow'), 'dir');
  for (const name of ['inversify', '@types/node', 'undici-types']) {
    await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name), 'dir');
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  // Most projects have one of their own, with which the compiler takes no files unless it is told to.
  await writeFile(join(project, 'tsconfig.json'), '{}');
  for (const { file, text } of blocks) if (file !== undefined) await writeFile(join(project, file), text);
  const sources = blocks.flatMap(({ language, file }) =>
    language === 'ts' && file !== undefined ? [file] : [],
  );
  const flags = ['--strict', '--types', 'node', ...tscFlags()];
  await run(process.execPath, [tsc, ...sources, ...flags], { cwd: project }).catch(({ stdout }) => {
    throw new Error(String(stdout));
  });
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

const ofLanguage = (language: string): readonly CodeBlock[] =>
  blocks.filter((block) => block.language === language);

const commands = (): readonly string[] =>
  ofLanguage('sh').flatMap(({ text }) => text.split('\n').filter((line) => line !== ''));

/** The flags of the README's own compiler command. */
function tscFlags(): readonly string[] {
  const command = commands().find((line) => line.startsWith('npx tsc ')) as string;
  return command.split(' ').slice(3);
}

/** Waits until a process has written something; fails with what it wrote when it ends before. */
function written(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('exit', (code) => reject(new Error(`it ended with ${code}:\n${text}`)));
  });
}

describe('the README', () => {
  it('has only blocks that are run here', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'text', 'ts', 'yaml']));
    for (const { language, file, text } of blocks) {
      if (language === 'ts' || language === 'yaml')
        expect([text.slice(0, 30), file]).toEqual([expect.anything(), expect.any(String)]);
    }
    // Each is run by a test below, by the test of the packed package, or by CI, which starts from `npm ci`.
    expect(commands()).toEqual([
      'npm ci && npm start',
      'npm ci && npm test',
      'npm install otap-dataflow',
      'npx dataflow validate --config pipeline.yaml',
      'npx dataflow run --config pipeline.yaml',
      expect.stringContaining('npx tsc signed-token.ts'),
      'npx dataflow run --config signed.yaml --plugin ./signed-token.js',
      'node --test signed-token.test.js',
      'npx dataflow new extension @acme/vault-auth',
      expect.stringMatching(/^node .* service\.js$/),
      expect.stringMatching(/^node .* run --config pipeline\.yaml$/),
    ]);
  });

  it('starts an embedding service with the options that dataflow run gives itself, which Node takes', async () => {
    const command = commands().find((line) => line.endsWith(' service.js')) as string;
    const options = command.split(' ').slice(1, -1);
    expect(options).toEqual(missingOptions([], process.versions.v8, Number.POSITIVE_INFINITY));
    await run(process.execPath, [...options, '--eval', '']);
  });

  it('keeps the command from trading memory for CPU, by options that Node takes and the command lets stand', async () => {
    const command = commands().find((line) => /^node .* run /.test(line)) as string;
    const options = command.split(' ').filter((word) => /^--(no-external|initial)/.test(word));
    const { v8 } = process.versions;
    expect(missingOptions(options, v8, Number.POSITIVE_INFINITY)).toEqual(missingOptions([], v8, 0));
    await run(process.execPath, [...options, main, '--help']);
  });

  it('shows the demo as npm start prints it, and its end', async () => {
    const child = spawn('npm', ['start'], { cwd: root });
    const exited = once(child, 'exit');
    const [data, summary] = ofLanguage('text').map(({ text }) => text.trimEnd().split('\n'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await written(child, /logs from payment[\s\S]*trace=/);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    const shape = (line: string): string =>
      line
        .replace(/[0-9a-f]{32}/g, 'ID')
        .replace(/\d+/g, '0')
        .replace(/0\.0/g, '0');
    const subject = (line: string): string => shape(line).split('  ').slice(1, 3).join(' ');
    const printed = output.split('\n');
    for (const line of data ?? []) {
      if (line.startsWith('│'))
        expect(printed.map((other) => subject(other).split(' ')[0])).toContain(subject(line).split(' ')[0]);
      else expect(printed.map(shape)).toContain(shape(line));
    }
    for (const line of summary ?? []) expect(printed.map(shape)).toContain(shape(line));
    expect(output).toMatch(/pipeline demo\/edge: received (\d+), exported \1, failed 0, dropped 0\n/);
  }, 60_000);

  it('writes an extension that a pipeline then uses as it says', async () => {
    const authorizations: string[] = [];
    const server = createServer((request, response) => {
      authorizations.push(request.headers.authorization ?? 'none');
      request.resume().on('end', () => response.end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    // The reader's file, with data that comes by itself.
    const generator =
      'receiver:traffic_generator, config: { traffic_config: { log_weight: 1, max_signal_count: 1 } } }';
    const signed = await readFile(join(project, 'signed.yaml'), 'utf8');
    await writeFile(join(project, 'generated.yaml'), signed.replace(/receiver:otlp.*/, generator));
    const args = [main, 'run', '--config', 'generated.yaml', '--plugin', './signed-token.js'];
    const env = { ...process.env, SIGNING_KEY: 'k'.repeat(32), BACKEND: `http://127.0.0.1:${port}` };
    const child = spawn(process.execPath, args, { cwd: project, env });
    const exited = once(child, 'exit');
    const ended = exited.then(([code]) => {
      throw new Error(`it ended with ${code}`);
    });
    await Promise.race([once(server, 'request'), ended]);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    server.close().closeAllConnections();
    const [scheme, token] = (authorizations[0] as string).split(' ');
    expect(scheme).toBe('Bearer');
    const { payload } = await jwtVerify(token as string, Buffer.from(env.SIGNING_KEY));
    expect(payload.iss).toBe('acme');
  }, 60_000);

  it('tests that extension with the test runner of Node', async () => {
    const { NODE_OPTIONS: _jest, ...env } = process.env;
    const args = ['--test', 'signed-token.test.js'];
    const { stdout } = await run(process.execPath, args, { cwd: project, env });
    expect(stdout).toMatch(/pass 1\n.*fail 0\n/s);
  }, 60_000);

  it('begins with a package that is written', async () => {
    const { stdout } = await run(process.execPath, [main, 'new', 'extension', '@acme/vault-auth'], {
      cwd: project,
    });
    expect(stdout).toContain(
      'wrote extension @acme/vault-auth (urn:acme:extension:vault_auth) to vault-auth:',
    );
  });

  it('configures in one page what validates', async () => {
    const { stdout } = await run(process.execPath, [main, 'validate', '--config', 'page.yaml'], {
      cwd: project,
    });
    expect(stdout).toBe('valid: 1 pipeline, 4 nodes, 2 extensions\n');
  });

  it('embeds the engine in ways that run', async () => {
    const env = { ...process.env, SIGNING_KEY: 'k', BACKEND: 'http://127.0.0.1:9' };
    const code = await run(process.execPath, ['embed-code.js'], { cwd: project, env });
    expect(code.stderr).toContain('listening');
    await writeFile(
      join(project, 'signed.yaml'),
      (await readFile(join(project, 'signed.yaml'), 'utf8')).replace('127.0.0.1:4317', '127.0.0.1:0'),
    );
    const file = await run(process.execPath, ['embed-file.js'], { cwd: project, env });
    expect(file.stdout).toBe('pipeline default/main: received 0, exported 0, failed 0, dropped 0\n');
  }, 60_000);

  it('has an exporter that counts', async () => {
    const config =
      'yaml:{version: otel_dataflow/v1, groups: {g: {pipelines: {p: {nodes: {' +
      'in: {type: receiver:traffic_generator, config: {traffic_config: {log_weight: 1, max_signal_count: 3, signals_per_second: null}}}, ' +
      'out: {type: "urn:acme:exporter:counting"}}, connections: [{from: in, to: out}]}}}}}';
    const args = [
      main,
      'run',
      '--config',
      config,
      '--plugin',
      './counting-exporter.js',
      '--log-format',
      'json',
    ];
    const child = spawn(process.execPath, args, { cwd: project });
    const exited = once(child, 'exit');
    expect(await written(child, /counted/)).toMatch(/"signal":"logs","items":3,"message":"counted"/);
    child.kill('SIGTERM');
    await exited;
  }, 60_000);

  it('lists every built-in with what it says of itself', async () => {
    const text = await readFile(readme, 'utf8');
    const list = listComponents(new Catalog([builtIns]));
    const names = (traits: readonly string[]): string => traits.map((trait) => `\`${trait}\``).join(', ');
    for (const node of [...list.receivers, ...list.processors, ...list.exporters]) {
      expect(text).toContain(`[\`${node.type}\`]`);
      expect(text).toContain(
        `| ${node.description} | ${node.uses.length > 0 ? `uses ${names(node.uses)} ` : ''}|`,
      );
    }
    for (const extension of list.extensions) {
      expect(text).toContain(`[\`${extension.type}\`]`);
      expect(text).toContain(`| ${extension.description} | provides ${names(extension.traits)} |`);
    }
  });

  it('links to files that exist', async () => {
    const text = await readFile(readme, 'utf8');
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(12);
    for (const link of links) await readFile(join(root, link));
  });
});
