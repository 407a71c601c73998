import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OtlpHttpServer } from '../exporters/otlp-http/otlp-http-server.js';
import { DataflowProcess, inline, packageRoot, runDataflow } from '../fixtures/dataflow-process.js';
import { sampleRequest } from '../fixtures/otlp.js';
import { onePipeline } from '../fixtures/running-engine.js';
import { callHttp } from '../receivers/otlp/http-client.js';

/** A plugin in plain JavaScript, which has no decorators: they are called as functions. */
const signer = `
import { BearerToken, BearerTokenProvider, config, Extension, z } from 'otap-dataflow';

export class Signer {
  constructor(settings) {
    this.settings = settings;
  }
  async getToken() {
    return new BearerToken('signed-by-' + this.settings.name);
  }
  async *tokenStream() {
    yield await this.getToken();
  }
}
config()(Signer, undefined, 0);
Extension({
  urn: 'urn:acme:extension:signer',
  description: 'Signs.',
  traits: [BearerTokenProvider],
  execution: 'shared',
  config: z.strictObject({ name: z.string() }),
})(Signer);
`;

const clashing = signer.replace('urn:acme:extension:signer', 'urn:otel:extension:bearer_token_auth');

/** A project of somebody else, in which the package is installed. */
let project: string;

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'plugin-')));
  const files = {
    'package.json': '{ "name": "project", "type": "module" }',
    'signer.js': signer,
    'other-signer.js': signer.replaceAll('Signer', 'OtherSigner'),
    'clashing.js': clashing,
    'nothing.js': 'export const answer = 42; export default class Plain {}',
    'broken.js': "import 'no-such-package';",
    'throwing.js': "throw new Error('no database');",
    'misspelt.js': 'export const a = 1;\nexport class X {\n  foo( { }\n}\n',
    'deep/index.js': "import { readFile } from 'node:fs';\nimport './lib/inner.js';\nexport { readFile };",
    'deep/lib/inner.js': "throw new Error('must not run'); const = 1;",
    'no-export.js': "import { z } from 'otap-dataflow';\nimport { nothing } from './signer.js';\n",
    'broken-inside.js': "import './broken.js';",
    'exiting.js': 'process.exit(0);',
    'exiting-late.js': 'setImmediate(() => process.exit(0)); await new Promise(() => {});',
    'rejecting.js': "Promise.reject(new Error('no database')); await new Promise(() => {});",
    'twins.js': `${signer}\n${signer.replace(/^import .*$/m, '').replaceAll('Signer', 'Twin')}`,
    'decorated.ts': "import { Extension } from 'otap-dataflow';\n@Extension({})\nexport class X {}\n",
    'empty/readme.txt': 'a folder without a package.json',
    'no-entry/package.json': '{ "name": "no-entry", "keywords": ["otap-dataflow-plugin"] }',
    'not-json/package.json': '{',
    'not-a-trait.js': signer.replace(
      'traits: [BearerTokenProvider]',
      "traits: [{ name: 'bearer_token_provider' }]",
    ),
    'node_modules/signer-plugin/package.json':
      '{ "name": "signer-plugin", "type": "module", "exports": { "import": "./lib/index.js" } }',
    'node_modules/signer-plugin/lib/index.js': signer,
    'conf/main.json': '{}',
    'conf/node_modules/nearby-plugin/package.json':
      '{ "name": "nearby-plugin", "type": "module", "exports": "./index.js" }',
    'conf/node_modules/nearby-plugin/index.js': signer,
    'scanned/package.json': JSON.stringify({
      name: 'scanned',
      dependencies: { 'keyword-plugin': '1', 'plain-package': '1', 'absent-package': '1' },
    }),
    'scanned/conf/readme.txt': 'a folder below the package.json',
    'scanned/node_modules/keyword-plugin/package.json': JSON.stringify({
      name: 'keyword-plugin',
      type: 'module',
      keywords: ['otap-dataflow-plugin'],
      exports: './index.js',
    }),
    'scanned/node_modules/keyword-plugin/index.js': signer,
    'scanned/node_modules/plain-package/package.json': '{ "name": "plain-package", "exports": "./index.js" }',
    'scanned/node_modules/plain-package/index.js': "throw new Error('must not be loaded');",
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), text);
  }
  await symlink(packageRoot, join(project, 'node_modules', 'otap-dataflow'), 'dir');
});
afterAll(() => rm(project, { recursive: true }));

/** A pipeline that uses the plugin's extension, and names the plugins that bring it. */
const signing = (endpoint: string, plugins?: readonly string[]): object => ({
  ...onePipeline({
    extensions: { signer: { type: 'urn:acme:extension:signer', config: { name: 'acme' } } },
    nodes: {
      in: {
        type: 'receiver:otlp',
        config: { protocols: { http: { listening_addr: '127.0.0.1:0', wait_for_result: true } } },
      },
      out: {
        type: 'exporter:otlp_http',
        capabilities: { bearer_token_provider: 'signer' },
        config: { endpoint },
      },
    },
    connections: [{ from: 'in', to: 'out' }],
  }),
  ...(plugins === undefined ? {} : { engine: { plugins } }),
});

const validate = (config: object, ...args: readonly string[]) =>
  runDataflow(['validate', '--config', inline(config), ...args], { cwd: project });

describe('a plugin', () => {
  it.each([
    { how: 'as a file, by --plugin', args: ['--plugin', './signer.js'] },
    { how: 'as a package, by --plugin', args: ['--plugin', 'signer-plugin'] },
    { how: 'as a file, by engine.plugins', plugins: ['./signer.js'] },
    { how: 'as a package, by engine.plugins', plugins: ['signer-plugin'] },
  ])('named $how brings an extension that an exporter sends with', async ({ args = [], plugins }) => {
    const backend = await OtlpHttpServer.start();
    try {
      await using dataflow = DataflowProcess.start(
        ['run', '--config', inline(signing(backend.endpoint, plugins)), '--log-format', 'json', ...args],
        { cwd: project },
      );
      const address = await dataflow.address('in', 'http');
      expect((await callHttp(address, { body: sampleRequest('logs') })).status).toBe(200);
      expect(backend.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer signed-by-acme']);
      expect((await dataflow.stop()).code).toBe(0);
    } finally {
      await backend.stop();
    }
  });

  it('named in a file is looked for from where the file is', async () => {
    const file = join(project, 'conf', 'main.json');
    for (const plugin of ['../signer.js', 'nearby-plugin', '../node_modules/signer-plugin']) {
      await writeFile(file, JSON.stringify(signing('http://127.0.0.1:1', [plugin])));
      const { code, stderr } = await runDataflow(['validate', '--config', file]);
      expect({ plugin, code, stderr }).toEqual({ plugin, code: 0, stderr: '' });
    }
  });

  it('named in a file is looked for from the working directory when it is not beside the file', async () => {
    const elsewhere = await realpath(await mkdtemp(join(tmpdir(), 'plugin-config-')));
    try {
      const file = join(elsewhere, 'main.json');
      await writeFile(file, JSON.stringify(signing('http://127.0.0.1:1', ['signer-plugin'])));
      const args = ['validate', '--config', file];
      expect((await runDataflow(args, { cwd: project })).code).toBe(0);
      const { code, stderr } = await runDataflow(args, { cwd: tmpdir() });
      expect(code).toBe(2);
      expect(stderr).toContain(
        "plugin 'signer-plugin' could not be loaded: no such package is installed in " +
          `${elsewhere} or above it, nor in ${tmpdir()} or above it`,
      );
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('is found among the dependencies of a project by its keyword, when that is switched on', async () => {
    const cwd = join(project, 'scanned');
    const config = signing('http://127.0.0.1:1');
    const off = await runDataflow(['validate', '--config', inline(config)], { cwd });
    expect(off.stderr).toContain("no extension of type 'urn:acme:extension:signer' is known");
    const byOption = await runDataflow(['validate', '--config', inline(config), '--scan-plugins'], { cwd });
    expect(byOption).toMatchObject({ code: 0, stderr: '' });

    const file = join(cwd, 'conf', 'main.json');
    await writeFile(file, JSON.stringify({ ...config, engine: { plugin_scan: true } }));
    expect(await runDataflow(['validate', '--config', file])).toMatchObject({ code: 0, stderr: '' });
  });

  it('that a scan found and that cannot be used is refused with the name of the package.json', async () => {
    const cwd = join(project, 'scanned');
    const args = ['validate', '--config', inline(signing('http://127.0.0.1:1')), '--scan-plugins'];
    const entry = join(cwd, 'node_modules', 'keyword-plugin', 'index.js');
    try {
      await writeFile(entry, clashing);
      const { code, stderr } = await runDataflow(args, { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain(
        "by the class BearerTokenAuth of built-in and by the class Signer of plugin 'keyword-plugin'; " +
          `remove one or change its URN (found by the scan of ${join(cwd, 'package.json')})`,
      );
      expect(stderr).not.toContain('unknown_type');
    } finally {
      await writeFile(entry, signer);
    }
  });

  it('that fails is all that is reported of types that it may have brought', async () => {
    const text = JSON.stringify(signing('http://127.0.0.1:1')).replace(
      'exporter:otlp_http',
      'exporter:otlp_htp',
    );
    const { code, stderr } = await validate(JSON.parse(text), '--plugin', './throwing.js');
    expect(code).toBe(2);
    expect(stderr).toContain("plugin './throwing.js' could not be loaded: no database");
    expect(stderr).not.toContain('urn:acme:extension:signer');
    expect(stderr).toContain("did you mean 'exporter:otlp_http'?");
  });

  it('has its configuration checked like a built-in', async () => {
    const text = JSON.stringify(signing('http://127.0.0.1:1')).replace('"name":"acme"', '"nam":"acme"');
    const { code, stderr } = await validate(JSON.parse(text), '--plugin', './signer.js');
    expect(code).toBe(2);
    expect(stderr).toContain("'config' has no field 'nam'; did you mean 'name'?");
  });

  it('is listed with its origin', async () => {
    const { code, stdout } = await runDataflow(['components', '--json', '--plugin', './signer.js'], {
      cwd: project,
    });
    expect(code).toBe(0);
    const { extensions } = JSON.parse(stdout);
    expect(extensions).toContainEqual(
      expect.objectContaining({
        urn: 'urn:acme:extension:signer',
        origin: "plugin './signer.js'",
        traits: ['bearer_token_provider'],
        life: 'passive',
      }),
    );
  });

  it('that is named twice counts once', async () => {
    const config = signing('http://127.0.0.1:1', ['./signer.js']);
    expect((await validate(config, '--plugin', './signer.js')).code).toBe(0);
  });

  it('that claims the URN of a built-in is refused, and both are named', async () => {
    const { code, stderr } = await validate(signing('http://127.0.0.1:1'), '--plugin', './clashing.js');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'urn:otel:extension:bearer_token_auth is claimed twice: by the class BearerTokenAuth of built-in and by the ' +
        "class Signer of plugin './clashing.js'; remove one or change its URN",
    );
  });

  it('that claims the URN of another plugin is refused, and both are named', async () => {
    const args = ['--plugin', './signer.js', '--plugin', './other-signer.js'];
    const { code, stderr } = await validate(signing('http://127.0.0.1:1'), ...args);
    expect(code).toBe(2);
    expect(stderr).toContain("by the class Signer of plugin './signer.js'");
    expect(stderr).toContain("by the class OtherSigner of plugin './other-signer.js'");
  });

  it('that claims one URN with two of its own classes is refused', async () => {
    const { code, stderr } = await validate(signing('http://127.0.0.1:1'), '--plugin', './twins.js');
    expect(code).toBe(2);
    expect(stderr).toContain('urn:acme:extension:signer is claimed twice: by the class Signer of plugin ');
    expect(stderr).toContain("and by the class Twin of plugin './twins.js'");
  });

  it.each([
    { plugin: './misspelt.js', says: "Unexpected token '}'", at: 'misspelt.js:4)' },
    { plugin: './deep/index.js', says: "Unexpected token '='", at: 'deep/lib/inner.js:1)' },
    { plugin: './no-export.js', says: "does not provide an export named 'nothing'", at: 'no-export.js:2)' },
    { plugin: './throwing.js', says: 'no database', at: 'throwing.js:1:7)' },
    { plugin: './not-a-trait.js', says: 'traits are sealed', at: 'not-a-trait.js:22:3)' },
  ])('that fails in its code says where: $plugin', async ({ plugin, says, at }) => {
    const { code, stderr } = await runDataflow(['components', '--plugin', plugin], { cwd: project });
    expect(code).toBe(2);
    const [line = ''] = stderr.split('\n');
    expect(line).toContain(says);
    expect(line).toContain(` (${join(project, at)}`);
  });

  it('that is TypeScript with decorators says what to do', async () => {
    const { code, stderr } = await runDataflow(['components', '--plugin', './decorated.ts'], {
      cwd: project,
    });
    expect(code).toBe(2);
    expect(stderr).toContain(
      ` (${join(project, 'decorated.ts')}:2); the platform only takes types off TypeScript: ` +
        'compile what has decorators, and name the .js file',
    );
  });

  it('that misses a package says which of its modules imports it', async () => {
    const { stderr } = await runDataflow(['components', '--plugin', './broken-inside.js'], { cwd: project });
    expect(stderr).toContain(
      `Cannot find package 'no-such-package' imported from ${join(project, 'broken.js')}`,
    );
  });

  it.each([
    { plugin: './empty', says: 'empty/package.json is missing; it says which module of the folder to load' },
    { plugin: './no-entry', says: "no-entry/package.json names no module to load; give it 'exports'" },
    { plugin: './not-json', says: 'not-json/package.json is not JSON: ' },
  ])('that is a folder says what its package.json lacks: $plugin', async ({ plugin, says }) => {
    const { code, stderr } = await runDataflow(['components', '--plugin', plugin], { cwd: project });
    expect(code).toBe(2);
    expect(stderr).toContain(`plugin '${plugin}' could not be loaded: ${join(project, says)}`);
  });

  it.each(['components', 'schema'])(
    'is reported by %s with all others that fail, as by validate',
    async (command) => {
      const args = [
        command,
        '--plugin',
        './throwing.js',
        '--plugin',
        './nothing.js',
        '--plugin',
        'absent-package',
      ];
      const { code, stdout, stderr } = await runDataflow(args, { cwd: project });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringContaining("plugin './throwing.js' could not be loaded: no database"),
        expect.stringContaining("plugin './nothing.js' exports no component"),
        expect.stringContaining("plugin 'absent-package' could not be loaded: no such package is installed"),
      ]);
    },
  );

  it('that a scan found is reported by components with the name of the package.json', async () => {
    const cwd = join(project, 'no-entry');
    const { code, stderr } = await runDataflow(['components', '--scan-plugins'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toBe(
      `plugin 'no-entry' could not be loaded: ${cwd}/package.json names no module to load; give it 'exports' ` +
        `(found by the scan of ${cwd}/package.json)\n`,
    );
  });

  it.each([
    { command: 'components', plugin: './exiting.js' },
    { command: 'validate', plugin: './exiting.js' },
    { command: 'run', plugin: './exiting-late.js' },
  ])('that ends the process while it loads is no success of $command', async ({ command, plugin }) => {
    const config = command === 'components' ? [] : ['--config', inline(signing('http://127.0.0.1:1'))];
    const { code, stderr } = await runDataflow([command, ...config, '--plugin', plugin], { cwd: project });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `plugin '${plugin}' could not be loaded: the process was ended while it was loading, by process.exit perhaps\n`,
    });
  });

  it('that throws where nobody catches it is named', async () => {
    const { code, stderr } = await runDataflow(['components', '--plugin', './rejecting.js'], {
      cwd: project,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^an error that nobody caught, while plugin '\.\/rejecting\.js' was loading:\n/);
    expect(stderr).toContain('no database');
  });

  it.each([
    { plugin: './nothing.js', says: 'exports no component; export classes with @Extension' },
    { plugin: './absent.js', says: 'could not be loaded: ' },
    { plugin: 'absent-package', says: 'could not be loaded: ' },
    { plugin: './broken.js', says: "could not be loaded: Cannot find package 'no-such-package'" },
    { plugin: './throwing.js', says: 'could not be loaded: no database' },
    {
      plugin: './not-a-trait.js',
      says: 'Signer: traits[0] is not a trait of this engine; traits are sealed',
    },
  ])('that cannot be used is refused by its name and place: $plugin', async ({ plugin, says }) => {
    const byOption = await validate(signing('http://127.0.0.1:1'), '--plugin', plugin);
    expect(byOption.code).toBe(2);
    expect(byOption.stderr).toMatch(/^<config>: error\[plugin_failed\] plugin /);
    expect(byOption.stderr).toContain(`plugin '${plugin}' `);
    expect(byOption.stderr).toContain(says);

    const path = join(project, 'main.yaml');
    const { groups } = signing('http://127.0.0.1:1') as { groups: object };
    const lines = [
      'version: otel_dataflow/v1',
      'engine:',
      '  plugins:',
      `    - ${plugin}`,
      `groups: ${JSON.stringify(groups)}`,
    ];
    await writeFile(path, lines.join('\n'));
    const byFile = await runDataflow(['validate', '--config', path]);
    expect(byFile.code).toBe(2);
    expect(byFile.stderr).toContain('main.yaml:4:7: error[plugin_failed] plugin ');
    expect(byFile.stderr).toContain(says);
  });
});
