import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { optionsAtRunTime } from '../../src/cli/garbage-collection.js';
import { DataflowProcess, inline, type ProcessOptions, packageRoot } from '../fixtures/dataflow-process.js';
import { onePipeline } from '../fixtures/running-engine.js';

const module = new URL('../../dist/cli/garbage-collection.js', import.meta.url).href;

const config = onePipeline({
  nodes: {
    in: { type: 'receiver:otlp', config: { protocols: { http: { listening_addr: '127.0.0.1:0' } } } },
    out: { type: 'exporter:noop' },
  },
  connections: [{ from: 'in', to: 'out' }],
});

/** The sizes in the command line of a running engine, its pid being that of the process that was started. */
async function sizes(options: ProcessOptions = {}): Promise<string[]> {
  const args = ['run', '--config', inline(config), '--log-format', 'json'];
  await using command = DataflowProcess.start(args, options);
  await command.address('in', 'http');
  const line = execFileSync('ps', ['-o', 'args=', '-ww', '-p', String(command.pid)], { encoding: 'utf8' });
  expect(line).toContain('main.js run --config yaml:');
  expect(await command.stop()).toEqual({ code: 0, signal: null });
  return line.match(/--max-semi-space-size=\d+/g) ?? [];
}

/** Chooses them as the command does, then has V8 print its options, each with what it is now. */
const TELL = `
  import { setFlagsFromString } from 'node:v8';
  const { preferQuickCollections } = await import(${JSON.stringify(module)});
  preferQuickCollections();
  setFlagsFromString('--help');`;

describe('the options of dataflow run for V8', () => {
  it('are in force', () => {
    const args = ['--max-semi-space-size=8', '--input-type=module', '--eval', TELL];
    const told = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const inForce = told.match(/(?<=default: )--\S+/g);
    const wanted = ['--max-semi-space-size=8', ...optionsAtRunTime([], process.versions.v8)];
    expect(inForce).toEqual(expect.arrayContaining(wanted));
  });
});

describe('the young generation of dataflow run', () => {
  it('is small, in the process that was started', async () => {
    expect(await sizes()).toEqual(['--max-semi-space-size=8']);
  });

  it('is left as it is where a file was given open, which would be closed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'young-'));
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config));
    const script = 'exec "$0" "$1" run --config /dev/fd/3 --log-format json 3< "$2"';
    const child = spawn('sh', ['-c', script, process.execPath, join(packageRoot, 'dist/cli/main.js'), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    for await (const chunk of child.stderr.setEncoding('utf8')) {
      log += chunk;
      if (log.includes('"message":"running"')) child.kill('SIGTERM');
    }
    expect(log).toContain('"message":"running"');
    await rm(folder, { recursive: true });
  });

  it('is what it was told to be on the command line', async () => {
    expect(await sizes({ nodeOptions: ['--max-semi-space-size=4'] })).toEqual(['--max-semi-space-size=4']);
  });

  it('is what it was told to be in the environment', async () => {
    expect(await sizes({ env: { NODE_OPTIONS: '--max-semi-space-size=4' } })).toEqual([]);
  });
});
