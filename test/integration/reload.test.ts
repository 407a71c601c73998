import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../exporters/fixtures/eventually.js';
import { DataflowProcess } from '../fixtures/dataflow-process.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reload-'));
  file = join(folder, 'pipeline.yaml');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const configuration = (token: string, exporter = 'noop'): string => `
version: otel_dataflow/v1
groups:
  default:
    extensions:
      guard: { type: extension:bearer_token_auth, config: { token: "${token}" } }
    pipelines:
      main:
        nodes:
          in:
            type: receiver:otlp
            capabilities: { bearer_token_authorizer: guard }
            config: { protocols: { http: { listening_addr: 127.0.0.1:0 } } }
          out: { type: exporter:${exporter} }
        connections: [{ from: in, to: out }]
`;

const start = (...options: readonly string[]): DataflowProcess =>
  DataflowProcess.start(['run', '--config', file, '--log-format', 'json', ...options]);

async function statusFor(address: string, token: string): Promise<number> {
  const response = await fetch(`http://${address}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{}',
  });
  await response.arrayBuffer();
  return response.status;
}

/** Writes a file the way an editor does: beside it, then in its place. */
async function save(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

describe('dataflow run --watch', () => {
  it('replaces the extension whose configuration changed, while the receiver goes on', async () => {
    await writeFile(file, configuration('first-token'));
    await using dataflow = start('--watch');
    const address = await dataflow.address('in', 'http');
    await dataflow.waitFor('stderr', /watching the configuration/);
    expect(await statusFor(address, 'first-token')).toBe(200);
    await save(file, configuration('second-token'));
    await dataflow.waitFor('stderr', /extension 'guard' of group 'default' was replaced/);
    expect(await statusFor(address, 'second-token')).toBe(200);
    expect(await statusFor(address, 'first-token')).toBe(401);
    expect(dataflow.output).not.toMatch(/first-token|second-token/);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
  });

  it('follows the files that values name', async () => {
    const secret = join(folder, 'secret.txt');
    await writeFile(secret, 'first-token\n');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the configuration.
    await writeFile(file, configuration('${file:secret.txt}'));
    await using dataflow = start('--watch');
    const address = await dataflow.address('in', 'http');
    await dataflow.waitFor('stderr', /watching the configuration/);
    await save(secret, 'second-token\n');
    await dataflow.waitFor('stderr', /extension 'guard' of group 'default' was replaced/);
    expect(await statusFor(address, 'second-token')).toBe(200);
  });

  it('goes on as before when the file is broken, says what is wrong, and takes the mended one', async () => {
    await writeFile(file, configuration('first-token'));
    await using dataflow = start('--watch');
    const address = await dataflow.address('in', 'http');
    await dataflow.waitFor('stderr', /watching the configuration/);
    await save(file, configuration('third-token').replace('token:', 'tokn:'));
    await dataflow.waitFor(
      'stderr',
      /the configuration was not reloaded, everything runs on as before:.*did you mean 'token'/,
    );
    expect(await statusFor(address, 'first-token')).toBe(200);
    await save(file, configuration('third-token'));
    await dataflow.waitFor('stderr', /was replaced/);
    expect(await statusFor(address, 'third-token')).toBe(200);
  });
});

describe('SIGHUP', () => {
  it('reloads, and says what changed but takes a restart', async () => {
    await writeFile(file, configuration('first-token'));
    await using dataflow = start();
    const address = await dataflow.address('in', 'http');
    await save(file, configuration('second-token', 'console'));
    expect(await statusFor(address, 'first-token')).toBe(200);
    dataflow.kill('SIGHUP');
    await dataflow.waitFor(
      'stderr',
      /the nodes, connections or policies of pipeline 'default\/main' were changed: this takes a restart/,
    );
    expect(await statusFor(address, 'second-token')).toBe(200);
    dataflow.kill('SIGHUP');
    await eventually(() => dataflow.stderr.match(/SIGHUP: reloading/g)?.length === 2);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
  });
});
