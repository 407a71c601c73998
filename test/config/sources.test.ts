import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConfigOverrides, type ConfigSource, loadConfig } from '../../src/config/load.js';
import { loadText, pipelineText, reported, shown } from './load-text.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-sources-'));
  await writeFile(join(directory, 'main.yaml'), pipelineText());
});
afterAll(() => rm(directory, { recursive: true }));

const load = (source: ConfigSource, overrides: ConfigOverrides = {}) =>
  loadConfig([source], { env: {}, directory, ...overrides });

const places = async (source: ConfigSource, overrides?: ConfigOverrides) =>
  (await load(source, overrides)).diagnostics
    .sorted()
    .map(
      ({ location, code, message }) =>
        `${location?.file}:${location?.line}:${location?.column} ${code} ${message}`,
    );

describe('--config', () => {
  it.each(['main.yaml', 'file:main.yaml', './main.yaml', 'FILE:main.yaml'])(
    'takes the path %s',
    async (form) => {
      const { spec, diagnostics } = await load(form);
      expect(diagnostics.sorted()).toEqual([]);
      expect(spec?.pipelines.map(({ id }) => id)).toEqual(['main']);
    },
  );

  it('takes the URL of a file', async () => {
    expect(await places(pathToFileURL(join(directory, 'main.yaml')).href)).toEqual([]);
  });

  it('takes a path with a colon in it', async () => {
    await writeFile(join(directory, 'a:b.yaml'), pipelineText());
    expect(await places('a:b.yaml')).toEqual([]);
  });

  it('takes a pipe', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [found] = await Promise.all([places('pipe'), writeFile(pipe, pipelineText())]);
    expect(found).toEqual([]);
  });

  it('says what it cannot read, by the name that the user gave', async () => {
    await writeFile(join(directory, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
    expect(await places('gone.yaml')).toEqual(["gone.yaml:1:1 file_not_found there is no file 'gone.yaml'"]);
    expect(await places('file:.')).toEqual([
      ".:1:1 file_unreadable the file '.' cannot be read: it is a directory",
    ]);
    expect(await places('latin1.yaml')).toEqual([
      "latin1.yaml:1:1 file_unreadable the file 'latin1.yaml' is not UTF-8 text",
    ]);
    expect(await places('main.yaml', { limits: { sourceBytes: 100 } })).toEqual([
      "main.yaml:1:1 too_large the file 'main.yaml' is larger than 100 bytes",
    ]);
    expect(await places('a\0b')).toEqual([
      "a\0b:1:1 file_unreadable the file 'a\ufffdb' cannot be read: this cannot be a path",
    ]);
  });

  it('takes the text of a variable', async () => {
    expect(await places('env:CONFIG', { env: { CONFIG: pipelineText('in: { type: otlp }') } })).toEqual([
      expect.stringMatching(/^<env:CONFIG>:7:23 invalid_urn /),
    ]);
    expect(await places('env:CONFIG')).toEqual([
      "<env:CONFIG>:1:1 undefined_variable the environment variable 'CONFIG' is not set",
    ]);
  });

  it('takes an inline text', async () => {
    expect(await places(`yaml:${pipelineText()}`)).toEqual([]);
  });

  it('takes an inline text below keys, as in yaml:a::b::c: 1', async () => {
    const loaded = await loadConfig([
      'yaml:version: otel_dataflow/v1',
      'yaml:groups::g::pipelines::p::nodes::in: { type: receiver:otlp, config: { at: "[::1]:4317" } }',
      'yaml:groups::g::pipelines::p::nodes::out: { type: exporter:console, x: 1 }',
    ]);
    expect(loaded.spec?.pipelines[0]?.nodes.get('in')?.config).toEqual({ at: '[::1]:4317' });
    expect(reported(loaded)).toEqual([
      expect.stringMatching(/^1:64 unknown_field node 'out' has no field 'x'/),
    ]);
    expect(loaded.diagnostics.sorted()[0]?.location?.file).toBe('<yaml:3>');
    expect(loaded.sources.locate(['groups', 'g', 'pipelines'], 'key')).toEqual({
      file: '<yaml:3>',
      line: 1,
      column: 12,
    });
  });

  it('does not take other schemes', async () => {
    expect(await places('s3://bucket/main.yaml')).toEqual([
      "<s3>:1:1 unknown_source configuration cannot be read from 's3:'; there are file:PATH, env:NAME, yaml:TEXT, http://, https:// and a bare path",
    ]);
    expect(await places('http://')).toEqual([
      '<http>:1:1 unknown_source this is not a URL; write it like https://host/path',
    ]);
  });

  it('must be given', async () => {
    expect(reported(await loadConfig([]))).toEqual([
      '- no_source no configuration was given; name one with --config',
    ]);
  });
});

describe('--config with a URL', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(listener: RequestListener): Promise<string> {
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  }

  it('fetches it', async () => {
    const base = await serve((_, response) => response.end(pipelineText()));
    expect(await places(`${base}/main.yaml`)).toEqual([]);
  });

  it('sends credentials of the URL and shows neither them nor the query', async () => {
    let authorization: string | undefined;
    const base = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.end(pipelineText('in: { type: otlp }'));
    });
    const url = `${base.replace('//', '//me:hunter2%40@')}/main.yaml?sig=hunter3`;
    const loaded = await load(url);
    expect(authorization).toBe(`Basic ${Buffer.from('me:hunter2@').toString('base64')}`);
    expect(loaded.diagnostics.sorted()[0]?.location?.file).toBe(`${base}/main.yaml?…`);
    expect(shown(loaded)).not.toMatch(/hunter/);
  });

  it('says which status it got instead', async () => {
    const base = await serve((_, response) => response.writeHead(503).end('hunter2'));
    expect(await places(`${base}/main.yaml`)).toEqual([
      `${base}/main.yaml:1:1 fetch_failed the configuration could not be fetched: the server answered 503`,
    ]);
  });

  it('says that nobody listens', async () => {
    const base = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));
    expect(await places(`${base.replace('//', '//me:hunter2@')}/`)).toEqual([
      `${base}/:1:1 fetch_failed the configuration could not be fetched: connection refused`,
    ]);
  });

  it('waits so long and no longer, also for the end of a body', async () => {
    const base = await serve((_, response) => response.write('version: '));
    expect(await places(`${base}/`, { limits: { fetchMs: 100 } })).toEqual([
      `${base}/:1:1 fetch_failed the configuration could not be fetched: no complete answer within 0.1 s`,
    ]);
  });

  it('takes so much and no more', async () => {
    let closed: Promise<void> | undefined;
    const base = await serve((request, response) => {
      closed = new Promise((resolve) => request.on('close', resolve));
      const more = (): void => {
        while (response.write('#'.repeat(10_000)));
        response.once('drain', more);
      };
      more();
    });
    expect(await places(`${base}/`)).toEqual([
      `${base}/:1:1 too_large the configuration is larger than 4 MiB`,
    ]);
    await closed;
  });
});

describe('a configuration composed in code', () => {
  const value = (nodes: object) => ({
    value: { version: 'otel_dataflow/v1', groups: { g: { pipelines: { p: { nodes } } } } },
  });

  it('is taken as it is: dollars are dollars', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion that is not to be expanded.
    const config = { a: '${env:HOME}', b: '$$', when: new Date(0), list: [1, { c: undefined }] };
    const { spec, diagnostics } = await load(value({ in: { type: 'receiver:otlp', config } }));
    expect(diagnostics.sorted()).toEqual([]);
    expect(spec?.pipelines[0]?.nodes.get('in')?.config).toEqual({ ...config, list: [1, {}] });
  });

  it('has paths instead of places', async () => {
    const loaded = await load(value({ in: { tipe: 'receiver:otlp' }, out: [] }));
    expect(loaded.diagnostics.sorted().every(({ location }) => location === undefined)).toBe(true);
    expect(shown(loaded)).toBe(
      [
        "groups.g.pipelines.p.nodes.in.tipe: error[unknown_field] node 'in' has no field 'tipe'; did you mean 'type'?",
        "groups.g.pipelines.p.nodes.out: error[invalid_value] 'out': expected a map, found a list",
        '2 errors in the configuration',
      ].join('\n'),
    );
  });

  it('may contain itself without harm', async () => {
    const circle: Record<string, unknown> = {};
    circle['again'] = circle;
    const loaded = await load(value({ in: { type: 'receiver:otlp', config: circle } }));
    expect(reported(loaded)).toEqual(['- too_deep values are nested deeper than 100 levels']);
  });

  it('cannot bring in a prototype', async () => {
    const loaded = await load({ value: JSON.parse('{ "__proto__": { "a": 1 } }') });
    expect(reported(loaded)[0]).toBe("- invalid_key '__proto__' cannot be a key");
  });
});

describe('several --config', () => {
  it('merge in order: maps by key, lists and scalars replaced', async () => {
    const loaded = await loadConfig(
      [
        `yaml:${pipelineText('in: { type: receiver:otlp, config: { a: 1, b: { c: [1, 2], d: 3 } } }')}`,
        'yaml:groups::default::pipelines::main::nodes::in: { config: { a: 2, b: { c: [3] }, e: {} } }',
      ],
      { env: {} },
    );
    expect(reported(loaded)).toEqual([]);
    expect(loaded.spec?.pipelines[0]?.nodes.get('in')?.config).toEqual({ a: 2, b: { c: [3], d: 3 }, e: {} });
  });

  it('keep the places of what won', async () => {
    const over = 'yaml:{ groups: { default: { pipelines: { main: { nodes: { in: { type: otlp } } } } } } }';
    const loaded = await loadConfig(['main.yaml', over], { env: {}, directory });
    const [diagnostic] = loaded.diagnostics.sorted();
    expect(diagnostic?.location).toEqual({ file: '<yaml>', line: 1, column: 66 });
    expect(loaded.sources.locate(['version'])).toEqual({ file: 'main.yaml', line: 1, column: 10 });
  });

  it('are all read and reported, though the structure is not looked at when one is missing', async () => {
    expect(
      (
        await loadConfig(['gone.yaml', 'yaml:a: @x', 'yaml:{ oops: 1 }', 'env:GONE'], { env: {}, directory })
      ).diagnostics
        .sorted()
        .map(({ code }) => code),
    ).toEqual(['undefined_variable', 'yaml_syntax', 'file_not_found']);
  });

  it('may mix code and files', async () => {
    const over = {
      value: { groups: { default: { pipelines: { main: { nodes: { in: { config: { a: 1 } } } } } } } },
    };
    const { spec } = await loadConfig(['main.yaml', over], { env: {}, directory });
    expect(spec?.pipelines[0]?.nodes.get('in')).toMatchObject({ id: 'in', config: { a: 1 } });
  });
});

describe('engine.plugins', () => {
  it('are packages, paths or URLs, looked for from the file that names them', async () => {
    const { spec } = await load(
      `yaml:${pipelineText()}\nengine: { plugins: [acme-vault, "@acme/vault/x", ./own.js, ../up.js, /abs.js, "file:///x.js"] }`,
    );
    expect(spec?.plugins.map(({ specifier }) => specifier)).toEqual([
      'acme-vault',
      '@acme/vault/x',
      './own.js',
      '../up.js',
      '/abs.js',
      'file:///x.js',
    ]);
    expect(new Set(spec?.plugins.map((plugin) => plugin.directory))).toEqual(new Set([directory]));
  });

  it('are looked for by a scan from the file that switches it on', async () => {
    const scan = async (engine: string) => {
      const loaded = await load(`yaml:${pipelineText()}\nengine: ${engine}`);
      return { scan: loaded.spec?.pluginScan, reported: reported(loaded) };
    };
    const on = { directory, path: ['engine', 'plugin_scan'] };
    expect(await scan('{ plugin_scan: true }')).toEqual({ scan: on, reported: [] });
    expect(await scan('{ plugin_scan: false }')).toEqual({ scan: undefined, reported: [] });
    expect(await scan('{}')).toEqual({ scan: undefined, reported: [] });
    expect((await scan('{ plugin_scan: yes please }')).reported).toEqual([
      expect.stringContaining("invalid_value 'plugin_scan': expected true or false, found a string"),
    ]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of the configuration.
    expect((await scan('{ plugin_scan: "${env:X:-false}" }')).reported).toEqual([
      expect.stringMatching(/ 'plugin_scan': expected true or false, found a string; take off the quotes$/),
    ]);
  });

  it('know where they stand', async () => {
    const loaded = await loadText(`engine: { plugins: [a, 1] }\n${pipelineText()}`);
    expect(loaded.sources.locate(loaded.spec?.plugins[0]?.path ?? [])).toEqual({
      file: '<yaml>',
      line: 1,
      column: 21,
    });
    expect(reported(loaded)).toEqual(["1:24 invalid_value 'plugins': expected a string, found a number"]);
  });
});
