import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageRoot } from '../fixtures/dataflow-process.js';

const execute = promisify(execFile);

/** An empty project, into which the packed package is installed. */
let project: string;
let folder: string;
let packed: { readonly filename: string; readonly files: readonly { readonly path: string }[] };

/** The runtime of the test comes first, so that `npx` runs commands with it. */
const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(command, args, { cwd: project, env });
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-'));
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
  // The package is built already; building it again would pull it from under tests that run beside this one.
  const pack = await run(
    'npm',
    ...['pack', packageRoot, '--json', '--ignore-scripts', '--pack-destination', folder],
  );
  const listed: unknown = JSON.parse(pack);
  // A list, or a map by package name since npm 12.
  [packed] = (Array.isArray(listed) ? listed : Object.values(listed as object)) as [typeof packed];
  await run(
    'npm',
    ...['install', join(folder, packed.filename)],
    ...['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'],
  );
}, 180_000);
afterAll(() => rm(folder, { recursive: true }));

describe('the packed package', () => {
  it('holds what is built, the examples, the README and the licence, and no sources or tests', () => {
    const folders = new Set(packed.files.map(({ path }) => path.split('/')[0]));
    expect([...folders].sort()).toEqual(['LICENSE', 'README.md', 'config', 'dist', 'package.json']);
  });

  it('brings the command', async () => {
    const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
    expect(await run('npx', 'dataflow', '--version')).toBe(`${version}\n`);
    const example = join('node_modules', 'otap-dataflow', 'config', 'demo.yaml');
    expect(await run('npx', 'dataflow', 'validate', '--config', example)).toMatch(/^valid: 2 pipelines, /);
  });

  it('brings the library for JavaScript', async () => {
    await writeFile(
      join(project, 'run.js'),
      `
import { Engine } from 'otap-dataflow';
import { CapturedLogger } from 'otap-dataflow/testing';

const logger = new CapturedLogger();
const engine = await Engine.compose(
  (builder) =>
    builder.pipeline('main', (pipeline) =>
      pipeline
        .receiver('in', 'receiver:traffic_generator', {
          traffic_config: { signals_per_second: 1_000, max_signal_count: 7, log_weight: 1 },
        })
        .exporter('out', 'exporter:noop')
        .connect('in', 'out'),
    ),
  { logger },
);
await engine.start();
while (engine.summary[0].exported < 7) await new Promise((resolve) => setTimeout(resolve, 5));
const [summary] = await engine.stop();
console.log(JSON.stringify(summary), logger.lines.some(({ level }) => level === 'error'));
`,
    );
    expect(await run(process.execPath, 'run.js')).toBe(
      '{"group":"default","pipeline":"main","received":7,"exported":7,"failed":0,"dropped":0} false\n',
    );
  });

  it('brings types with which an extension, its test and a pipeline compile and run', async () => {
    await writeFile(
      join(project, 'vault.ts'),
      `
import {
  BearerToken, BearerTokenProvider, config, Engine, Exporter, type ExporterNode, EffectHandler, Extension,
  type ExtensionContext, inject, Logger, type Pdata, z,
} from 'otap-dataflow';
import { CapturedLogger, FakeClock, provide, TestEffectHandler, TestExtensionContext } from 'otap-dataflow/testing';

const VaultConfig = z.strictObject({ role: z.string() });

@Extension({
  urn: 'urn:acme:extension:vault',
  description: 'Tokens from Vault.',
  traits: [BearerTokenProvider],
  execution: 'shared',
  config: VaultConfig,
})
class Vault implements BearerTokenProvider {
  constructor(
    @config() private readonly settings: z.output<typeof VaultConfig>,
    @inject(Logger) private readonly log: Logger,
  ) {}
  async start(ctx: ExtensionContext): Promise<void> {
    this.log.info('open');
    ctx.ready();
    await ctx.stopping();
  }
  async getToken(): Promise<BearerToken> {
    return new BearerToken(\`of \${this.settings.role}\`);
  }
  async *tokenStream(): AsyncIterable<BearerToken> {
    yield await this.getToken();
  }
}

const sent: string[] = [];

@Exporter({ urn: 'urn:acme:exporter:list', description: 'Lists.', requires: [BearerTokenProvider] })
class List implements ExporterNode {
  constructor(@inject(EffectHandler) private readonly effect: EffectHandler) {}
  async export(pdata: Pdata): Promise<void> {
    const token = await this.effect.getExtension(BearerTokenProvider).getToken();
    sent.push(\`\${pdata.signal} \${token.secret.reveal()}\`);
  }
}

const log = new CapturedLogger();
const vault = new Vault({ role: 'test' }, log);
const ctx = new TestExtensionContext('vault');
const running = vault.start(ctx);
await ctx.whenReady;
ctx.stop();
await running;
const effect = new TestEffectHandler({ clock: new FakeClock(), extensions: [provide(BearerTokenProvider, vault)] });
console.log(log.lines[0]?.message, (await effect.getExtension(BearerTokenProvider).getToken()).secret.reveal());

const engine = await Engine.compose(
  (builder) =>
    builder.pipeline('main', (pipeline) =>
      pipeline
        .extension('vault', Vault, { role: 'engine' })
        .receiver('in', 'receiver:traffic_generator', {
          traffic_config: { signals_per_second: 1_000, max_signal_count: 1, max_batch_size: 1, trace_weight: 1 },
        })
        .exporter('out', List, {}, { capabilities: { bearer_token_provider: 'vault' } })
        .connect('in', 'out'),
    ),
  { logger: log },
);
await engine.start();
while (sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
await engine.stop();
console.log(sent.join());
`,
    );
    const compiler = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const nodeTypes = join(packageRoot, 'node_modules', '@types');
    await run(
      process.execPath,
      ...[compiler, 'vault.ts', '--strict', '--target', 'es2023', '--module', 'nodenext'],
      ...['--experimentalDecorators', '--typeRoots', nodeTypes, '--types', 'node'],
    );
    expect(await run(process.execPath, 'vault.js')).toBe('open of test\ntraces of engine\n');
  }, 60_000);

  it('lets nobody in by another door', async () => {
    const doors = [
      'otap-dataflow/dist/index.js',
      'otap-dataflow/engine',
      'otap-dataflow/dist/traits/trait.js',
    ];
    const script = `
      for (const door of ${JSON.stringify(doors)}) {
        await import(door).then(() => console.log('open'), ({ code }) => console.log(code));
      }`;
    expect(await run(process.execPath, '--input-type=module', '--eval', script)).toBe(
      'ERR_PACKAGE_PATH_NOT_EXPORTED\n'.repeat(doors.length),
    );
  });

  it('installs nothing that only its development needs', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    for (const name of ['jest', 'typescript', 'oidc-provider', 'node']) expect(installed).not.toContain(name);
  });
});
