import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesPerCore, missingOptions } from '../../src/cli/garbage-collection.js';
import { DataflowProcess, inline, type ProcessOptions, packageRoot } from '../fixtures/dataflow-process.js';
import { onePipeline } from '../fixtures/running-engine.js';

const OPTIONS = missingOptions([], process.versions.v8, bytesPerCore());
const NAMES = OPTIONS.map((option) => option.replace(/=.*/, ''));

const module = new URL('../../dist/cli/garbage-collection.js', import.meta.url).href;
const command = join(packageRoot, 'dist/cli/main.js');

const config = onePipeline({
  nodes: {
    in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
    out: { type: 'exporter:noop' },
  },
  connections: [{ from: 'in', to: 'out' }],
});

/** Of the options, those in the command line of a running engine, its pid being that of the process that was started. */
async function optionsOf(options: ProcessOptions = {}): Promise<string[]> {
  const args = ['run', '--config', inline(config), '--log-format', 'json'];
  await using running = DataflowProcess.start(args, options);
  await running.address('in', 'http');
  expect(running.stderr).not.toContain('Warning');
  const line = execFileSync('ps', ['-o', 'args=', '-ww', '-p', String(running.pid)], { encoding: 'utf8' });
  expect(line).toContain('main.js run --config yaml:');
  expect(await running.stop()).toEqual({ code: 0, signal: null });
  return line.split(' ').filter((word) => NAMES.includes(word.replace(/=.*/, '')));
}

/** Chooses them as the command does, then has V8 print its options, each with what it is now. */
const TELL = `
  import { setFlagsFromString } from 'node:v8';
  const { preferQuickCollections } = await import(${JSON.stringify(module)});
  preferQuickCollections();
  setFlagsFromString('--help');`;

const inForce = (args: readonly string[]): string[] => {
  const told = execFileSync(process.execPath, [...args, '--input-type=module', '--eval', TELL], {
    encoding: 'utf8',
  });
  return told.match(/(?<=default: )--\S+/g) ?? [];
};

describe('the options of dataflow run for V8', () => {
  it('are given to a process that begins once more as the same process', async () => {
    expect(await optionsOf()).toEqual(OPTIONS);
  });

  it('are in force where it cannot begin once more', () => {
    expect(inForce(['--permission', '--allow-fs-read=*'])).toEqual(expect.arrayContaining(OPTIONS));
  });

  it('leave what was given on the command line', async () => {
    const [size = '', ...others] = OPTIONS;
    const given = size.replace(/\d+$/, '4');
    expect(await optionsOf({ nodeOptions: [given] })).toEqual([...others, given]);
  });

  it('leave what was given in the environment', async () => {
    const [size = '', ...others] = OPTIONS;
    const env = { NODE_OPTIONS: size.replace(/\d+$/, '4') };
    expect(await optionsOf({ env })).toEqual(others);
  });

  it('do not keep it from running under the permission model of Node', async () => {
    expect(await optionsOf({ nodeOptions: ['--permission', '--allow-fs-read=*'] })).toEqual([]);
  });
});

describe('what a process was given open', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'given-'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await writeFile(join(folder, 'address'), '127.0.0.1:0');
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  const named = JSON.stringify(config).replace('127.0.0.1:0', '$' + '{file:/dev/fd/4}');

  it.each([
    ['a configuration', '--config /dev/fd/3 3< config.json'],
    ['a configuration from a pipe', '--config /dev/fd/3 3< <(cat config.json)'],
    ['a configuration by substitution', '--config <(cat config.json)'],
    ['a file that the configuration names', `--config 'yaml:${named}' 4< address`],
  ])('can be read: %s', async (_, args) => {
    const script = `exec "$0" "$1" run --log-format json ${args}`;
    const child = spawn('bash', ['-c', script, process.execPath, command], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    for await (const chunk of child.stderr.setEncoding('utf8')) {
      log += chunk;
      if (log.includes('"message":"running"')) child.kill('SIGTERM');
    }
    expect(log).toContain('"message":"running"');
  });
});
