import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open as openFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../exporters/fixtures/eventually.js';
import { DataflowProcess, packageRoot } from '../fixtures/dataflow-process.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'reload-')));
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
  DataflowProcess.start(['run', '--config', file, '--log-format', 'json', ...options], { cwd: folder });

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

/** The times that a line was logged. */
const count = (dataflow: DataflowProcess, pattern: RegExp): number =>
  dataflow.stderr.match(new RegExp(pattern, 'g'))?.length ?? 0;

const REPLACED = /extension 'guard' of group 'default' was replaced/;

describe('dataflow run --watch notices a change', () => {
  const startAt = async (path: string): Promise<[DataflowProcess, string]> => {
    const dataflow = DataflowProcess.start(['run', '--config', path, '--log-format', 'json', '--watch']);
    const address = await dataflow.address('in', 'http');
    await dataflow.waitFor('stderr', /watching the configuration/);
    return [dataflow, address];
  };

  it('of the file that a symbolic link leads to, of a swapped folder, and of a folder made anew', async () => {
    for (const version of ['v1', 'v2']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'pipeline.yaml'), configuration(`of-${version}`));
    }
    await symlink('v1', join(folder, 'current'));
    await symlink('current/pipeline.yaml', file);
    const [dataflow, address] = await startAt(file);
    await using _ending = dataflow;
    expect(await statusFor(address, 'of-v1')).toBe(200);

    await writeFile(join(folder, 'v1', 'pipeline.yaml'), configuration('edited-in-place'));
    await eventually(() => count(dataflow, REPLACED) === 1);
    expect(await statusFor(address, 'edited-in-place')).toBe(200);

    await symlink('v2', join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
    await eventually(() => count(dataflow, REPLACED) === 2);
    expect(await statusFor(address, 'of-v2')).toBe(200);

    await rm(join(folder, 'v2'), { recursive: true });
    await mkdir(join(folder, 'v2'));
    await writeFile(join(folder, 'v2', 'pipeline.yaml'), configuration('made-anew'));
    await eventually(() => count(dataflow, REPLACED) === 3);
    expect(await statusFor(address, 'made-anew')).toBe(200);
    expect(count(dataflow, /was not reloaded|nothing changed/)).toBe(0);
  });

  it('that makes a file which a refused configuration wants', async () => {
    await mkdir(join(folder, 'conf'));
    file = join(folder, 'conf', 'pipeline.yaml');
    await writeFile(file, configuration('first-token'));
    const [dataflow, address] = await startAt(file);
    await using _ending = dataflow;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the configuration.
    await save(file, configuration('${file:../secrets/token}'));
    await dataflow.waitFor('stderr', /was not reloaded.*there is no file '..\/secrets\/token'/);
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'token'), 'second-token\n');
    await dataflow.waitFor('stderr', REPLACED);
    expect(await statusFor(address, 'second-token')).toBe(200);
  });

  it('while the engine starts, and while it reloads', async () => {
    await installPlugin();
    await writeFile(file, gated('one'));
    await using dataflow = start('--watch');
    await dataflow.waitFor('stderr', /gate one is closed/);
    await save(file, gated('two'));
    await open('one');
    await dataflow.waitFor('stderr', /a file of the configuration changed.*\n(.*\n)*.*gate two is closed/);
    await save(file, gated('three'));
    await open('two');
    await dataflow.waitFor('stderr', /gate three is closed/);
    await open('three');
    await eventually(() => count(dataflow, REPLACED) === 2);
    expect(count(dataflow, /a file of the configuration changed/)).toBe(2);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
  });
});

/** A plugin that loads, and whose extensions become ready, when a file of a certain name is there. */
const gatedPlugin = `
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { BearerToken, BearerTokenProvider, config, Extension, z } from 'otap-dataflow';

// Comes after the handler of the command, so that a test knows when that has run.
process.on('SIGHUP', () => process.stderr.write('the signal is here\\n'));

async function opening(gate) {
  if (existsSync(gate)) return;
  process.stderr.write('gate ' + gate + ' is closed\\n');
  while (!existsSync(gate)) await setTimeout(5);
}

export class Gated {
  constructor(settings) {
    this.settings = settings;
  }
  async start(ctx) {
    await opening(this.settings.gate);
    ctx.ready();
    await ctx.stopping();
  }
  async getToken() {
    return new BearerToken('token');
  }
  async *tokenStream() {
    yield await this.getToken();
  }
}
config()(Gated, undefined, 0);
Extension({
  urn: 'urn:acme:extension:gated',
  description: 'Becomes ready when its gate is open.',
  traits: [BearerTokenProvider],
  execution: 'local',
  readiness: () => 60_000,
  config: z.strictObject({ gate: z.string() }),
})(Gated);

await opening('import');
`;

/** @param imported whether it loads at once */
async function installPlugin(imported = true): Promise<void> {
  await mkdir(join(folder, 'node_modules'));
  await symlink(packageRoot, join(folder, 'node_modules', 'otap-dataflow'), 'dir');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'gated.js'), gatedPlugin);
  if (imported) await open('import');
}

const open = (gate: string): Promise<void> => writeFile(join(folder, gate), '');

const gated = (gate: string): string => `
version: otel_dataflow/v1
engine: { plugins: [./gated.js] }
groups:
  default:
    extensions:
      guard: { type: "urn:acme:extension:gated", config: { gate: ${gate} } }
    pipelines:
      main:
        nodes:
          in: { type: receiver:otlp, config: { protocols: { http: { listening_addr: 127.0.0.1:0 } } } }
          out:
            type: exporter:otlp_http
            capabilities: { bearer_token_provider: guard }
            config: { endpoint: "http://127.0.0.1:9" }
        connections: [{ from: in, to: out }]
`;

/** Opens a pipe for writing as soon as somebody has opened it for reading. */
async function writerOf(pipe: string): Promise<FileHandle> {
  for (;;) {
    try {
      return await openFile(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

describe('a signal before the configuration is loaded', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends the process at once and cleanly, also when it comes twice: %s',
    async (signal) => {
      await installPlugin(false);
      await writeFile(file, gated('one'));
      await using dataflow = start();
      await dataflow.waitFor('stderr', /gate import is closed/);
      dataflow.kill(signal);
      await dataflow.waitFor('stderr', /still being loaded/);
      // As npm does.
      dataflow.kill(signal);
      expect(await dataflow.ended).toEqual({ code: 0, signal: null });
      expect(dataflow.log.map(({ message }) => message)).toEqual([
        `${signal}: ending at once; the configuration was still being loaded, nothing had started`,
      ]);
    },
  );

  it('ends a process that waits for a pipe', async () => {
    execFileSync('mkfifo', [file]);
    await using dataflow = start();
    await using _writer = await writerOf(file);
    dataflow.kill('SIGTERM');
    expect(await dataflow.ended).toEqual({ code: 0, signal: null });
  });

  it('reloads once when the engine runs, if it is SIGHUP, as one while it starts does', async () => {
    await installPlugin(false);
    await writeFile(file, gated('one'));
    await using dataflow = start();
    await dataflow.waitFor('stderr', /gate import is closed/);
    dataflow.kill('SIGHUP');
    await eventually(() => count(dataflow, /the signal is here/) === 1);
    await open('import');
    await dataflow.waitFor('stderr', /gate one is closed/);
    dataflow.kill('SIGHUP');
    await eventually(() => count(dataflow, /the signal is here/) === 2);
    await open('one');
    await dataflow.waitFor(
      'stderr',
      /"running".*\n.*SIGHUP: reloading the configuration.*\n.*nothing changed/,
    );
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
    expect(count(dataflow, /SIGHUP: reloading/)).toBe(1);
  });
});

describe('a configuration from a pipe', () => {
  it('runs, and is not read again: the log says so, also that it cannot be watched', async () => {
    execFileSync('mkfifo', [file]);
    await using dataflow = start('--watch');
    await writeFile(file, configuration('first-token'));
    const address = await dataflow.address('in', 'http');
    await dataflow.waitFor(
      'stderr',
      /pipeline.yaml' is a pipe, which gives its text once: no reload can read it/,
    );
    dataflow.kill('SIGHUP');
    await dataflow.waitFor('stderr', /was not reloaded.*is a pipe, which gives its text once/);
    expect(await statusFor(address, 'first-token')).toBe(200);
    expect(await dataflow.stop()).toEqual({ code: 0, signal: null });
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
