import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { DataflowProcess, inline, packageRoot, runDataflow } from '../fixtures/dataflow-process.js';

const execute = promisify(execFile);

const kinds = ['receiver', 'processor', 'exporter', 'extension'] as const;

/** The folders of all packages. */
const packages = [
  ...kinds.map((kind) => `my-${kind}`),
  'everything',
  'background',
  'only-http_connection_pool',
  'only-key_value_store',
];

/** Beside one of each kind, an extension of every trait that can be scaffolded. */
const everyTrait = [
  'bearer_token_authorizer',
  'bearer_token_provider',
  'http_client_middleware',
  'http_connection_pool',
  'http_server_middleware',
  'key_value_store',
  'rate_limiter',
];

/** A workspace of somebody else, outside the repository, with the packed package in its `node_modules`. */
let workspace: string;
let command: string;

/** What Jest sets would make the test runner of a package take itself for a part of another run. */
const { NODE_OPTIONS: _jest, ...inherited } = process.env;

/** The runtime of the test comes first, so that npm runs scripts with it. */
const env = { ...inherited, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };

/**
 * Installs without a network: unpacks the tarball, and takes what it depends on, and what the new packages are
 * developed with, from the repository's own `node_modules`.
 */
async function install(): Promise<void> {
  const modules = join(workspace, 'node_modules');
  const { stdout } = await execute(
    'npm',
    ['pack', packageRoot, '--ignore-scripts', '--pack-destination', workspace],
    {
      env,
    },
  );
  const tarball = stdout.trim().split('\n').at(-1) as string;
  await mkdir(join(modules, 'otap-dataflow'), { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'otap-dataflow')], {
    cwd: workspace,
  });
  const { dependencies } = JSON.parse(await readFile(join(modules, 'otap-dataflow', 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), 'typescript', '@types/node', 'undici-types']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(packageRoot, 'node_modules', name), join(modules, name), 'dir');
  }
  command = join(modules, 'otap-dataflow', 'dist', 'cli', 'main.js');
  await chmod(command, 0o755);
  await mkdir(join(modules, '.bin'));
  await symlink(command, join(modules, '.bin', 'dataflow'));
  await symlink(join(modules, 'typescript', 'bin', 'tsc'), join(modules, '.bin', 'tsc'));
}

const dataflow = (...args: readonly string[]) => runDataflow(args, { cwd: workspace, command });

beforeAll(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), 'scaffold-')));
  const dependencies = Object.fromEntries(kinds.map((kind) => [`my-${kind}`, '0.1.0']));
  await writeFile(
    join(workspace, 'package.json'),
    JSON.stringify({ name: 'workspace', private: true, dependencies }),
  );
  await install();
  const written = await Promise.all([
    ...kinds.map((kind) => dataflow('new', kind, `my-${kind}`)),
    dataflow('new', 'extension', '@acme/everything', '--traits', everyTrait.join(',')),
    dataflow('new', 'extension', 'background', '--traits', 'none'),
    ...everyTrait.map((trait) => dataflow('new', 'extension', `only-${trait}`, '--traits', trait)),
  ]);
  for (const { code, stderr } of written) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // As a workspace's package manager links its members.
  for (const kind of kinds) {
    await symlink(join(workspace, `my-${kind}`), join(workspace, 'node_modules', `my-${kind}`), 'dir');
  }
}, 60_000);
afterAll(() => rm(workspace, { recursive: true }));

describe('a scaffolded package, outside the repository', () => {
  it.each(packages)('compiles and passes its own tests: %s', async (name) => {
    const { stdout } = await execute('npm', ['test'], { cwd: join(workspace, name), env });
    expect(stdout).toMatch(/tests ([1-9]\d*)\n[\s\S]*pass \1\n/);
    expect(await readdir(join(workspace, name, 'dist', 'src'))).toContain('index.js');
  });

  it.each(packages)('has an example that validates with the package as plugin: %s', async (name) => {
    const { code, stdout, stderr } = await runDataflow(
      ['validate', '--config', 'pipeline.yaml', '--plugin', '.'],
      { cwd: join(workspace, name), command },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^valid: 1 pipeline, /);
  });

  it('compiles whichever single trait it begins with', async () => {
    const options = { rootDir: '.', noEmit: true };
    const include = everyTrait.flatMap((trait) => [`only-${trait}/src`, `only-${trait}/test`]);
    await writeFile(
      join(workspace, 'tsconfig.json'),
      JSON.stringify({ extends: './background/tsconfig.json', compilerOptions: options, include }),
    );
    const tsc = join(workspace, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await execute(process.execPath, [tsc], { cwd: workspace }).catch((error) => error);
    expect(stdout).toBe('');
  });

  it('packs what it needs to run, and neither its tests nor their results', async () => {
    const { stdout } = await execute('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: join(workspace, 'my-extension'),
      env,
    });
    const listed: unknown = JSON.parse(stdout);
    // A list, or a map by package name since npm 12.
    const [packed] = Array.isArray(listed) ? listed : Object.values(listed as object);
    const paths = packed.files
      .map(({ path }: { path: string }) => path)
      .filter((path: string) => !path.endsWith('.map'));
    expect(paths.sort()).toEqual([
      'README.md',
      'dist/src/config.js',
      'dist/src/index.js',
      'dist/src/my-extension.js',
      'package.json',
      'pipeline.yaml',
    ]);
  });

  it('is run by npm start until Ctrl-C, which is no failure', async () => {
    const cwd = join(workspace, 'background');
    const example = join(cwd, 'pipeline.yaml');
    await writeFile(example, (await readFile(example, 'utf8')).replace('127.0.0.1:4318', '127.0.0.1:0'));
    // A group of its own, as a terminal gives to what is started in it.
    const npm = spawn('npm', ['start'], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(npm, 'close');
    await new Promise<void>((resolve, reject) => {
      let said = '';
      const take = (chunk: Buffer): void => {
        said += chunk;
        if (said.includes('running')) resolve();
      };
      npm.stdout.on('data', take);
      npm.stderr.on('data', take);
      npm.on('close', () => reject(new Error(said)));
    });
    process.kill(-(npm.pid as number), 'SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it('of each kind is used by the packed command, together in one run', async () => {
    const backend = await OtlpHttpServer.start();
    const file = join(workspace, 'out.jsonl');
    const config = {
      version: 'otel_dataflow/v1',
      groups: {
        default: {
          pipelines: {
            lines: {
              nodes: {
                in: { type: 'urn:custom:receiver:my_receiver', config: { listening_addr: '127.0.0.1:0' } },
                pass: { type: 'urn:custom:processor:my_processor', config: { signals: ['logs'] } },
                out: { type: 'urn:custom:exporter:my_exporter', config: { path: file } },
              },
              connections: [
                { from: 'in', to: 'pass' },
                { from: 'pass', to: 'out' },
              ],
            },
            signed: {
              extensions: {
                signer: { type: 'urn:custom:extension:my_extension', config: { key: 'sesame' } },
              },
              nodes: {
                in: {
                  type: 'receiver:traffic_generator',
                  config: {
                    traffic_config: { max_signal_count: 1, log_weight: 1, signals_per_second: null },
                  },
                },
                out: {
                  type: 'exporter:otlp_http',
                  capabilities: { bearer_token_provider: 'signer' },
                  config: { endpoint: backend.endpoint },
                },
              },
              connections: [{ from: 'in', to: 'out' }],
            },
          },
        },
      },
    };
    try {
      const plugins = kinds.flatMap((kind) => ['--plugin', `my-${kind}`]);
      await using running = DataflowProcess.start(
        ['run', '--config', inline(config), '--log-format', 'json', ...plugins],
        { cwd: workspace, command },
      );
      await running.waitFor('stderr', /"message":"running"/);
      const listening = running.log.find(({ message }) => message === 'listening');
      connect(Number(listening?.['port']), '127.0.0.1').end('from a scaffold\n');
      await running.waitFor('stderr', /"message":"writing"/);
      expect(await running.stop()).toEqual({ code: 0, signal: null });
      expect(await readFile(file, 'utf8')).toMatch(/^\{"resourceLogs":.*from a scaffold.*\}\n$/);
      expect(running.stdout).toContain('default/lines: received 1, exported 1, failed 0, dropped 0');
      const [header, payload, signature] = String(backend.received[0]?.headers.authorization)
        .replace('Bearer ', '')
        .split('.');
      expect(signature).toBe(
        createHmac('sha256', 'sesame').update(`${header}.${payload}`).digest('base64url'),
      );
    } finally {
      await backend.stop();
    }
  });

  it('is found by a scan of the project that depends on it', async () => {
    const config = inline({
      version: 'otel_dataflow/v1',
      groups: {
        g: {
          pipelines: {
            p: {
              nodes: {
                in: { type: 'urn:custom:receiver:my_receiver', config: { listening_addr: '127.0.0.1:0' } },
                out: { type: 'urn:custom:exporter:my_exporter', config: { path: 'out.jsonl' } },
              },
              connections: [{ from: 'in', to: 'out' }],
            },
          },
        },
      },
    });
    expect(await dataflow('validate', '--config', config, '--scan-plugins')).toMatchObject({
      code: 0,
      stdout: 'valid: 1 pipeline, 2 nodes, 0 extensions\n',
    });
    const { stdout } = await dataflow('components', '--scan-plugins');
    for (const kind of kinds) expect(stdout).toContain(`urn:custom:${kind}:my_${kind}`);
  });
});
