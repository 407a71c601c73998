import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { DataflowProcess, inline, type ProcessOptions } from '../fixtures/dataflow-process.js';
import { onePipeline } from '../fixtures/running-engine.js';

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

describe('the young generation of dataflow run', () => {
  it('is small, in the process that was started', async () => {
    expect(await sizes()).toEqual(['--max-semi-space-size=8']);
  });

  it('is what it was told to be on the command line', async () => {
    expect(await sizes({ nodeOptions: ['--max-semi-space-size=4'] })).toEqual(['--max-semi-space-size=4']);
  });

  it('is what it was told to be in the environment', async () => {
    expect(await sizes({ env: { NODE_OPTIONS: '--max-semi-space-size=4' } })).toEqual([]);
  });
});
