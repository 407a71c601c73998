// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expansions of the configuration.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider, Exporter, z } from '../../src/authoring.js';
import { builtIns } from '../../src/builtins.js';
import { listComponents } from '../../src/engine/component-list.js';
import { configSchema } from '../../src/engine/config-schema.js';
import { planEngine } from '../../src/engine/plan.js';
import { Catalog } from '../../src/extension/catalog.js';
import { parsePath, placesOf, refusedPlaces, schemaChecker, valuesOf } from '../fixtures/schema-places.js';
import { wrongConfigs } from '../fixtures/wrong-configs.js';
import { codeBlocks } from '../readme/blocks.js';

const schema = configSchema(listComponents(new Catalog([builtIns])));
const check = schemaChecker(schema);
const folder = new URL('../../config/', import.meta.url);

const pipeline = 'version: otel_dataflow/v1\ngroups:\n  g:\n    pipelines:\n      p:\n        nodes:';

/** The codes of what `validate` refuses in a configuration. */
async function errorsOf(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { diagnostics } = await planEngine({
    sources: [`yaml:${text}`],
    env,
    components: [builtIns],
    plugins: [],
    directory: '.',
  });
  const errors = diagnostics.sorted().filter(({ severity }) => severity === 'error');
  return errors.map(({ code, message }) => (code === 'empty_pipeline' ? code : `${code} ${message}`));
}

describe('the JSON Schema of a configuration', () => {
  it('accepts every file in config/', async () => {
    const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name));
    expect(files).toContain('demo.yaml');
    for (const file of files) {
      const text = await readFile(new URL(file, folder), 'utf8');
      expect([file, refusedPlaces(check, valuesOf(text))]).toEqual([file, []]);
    }
  });

  it('accepts the pages of the README that need no plugin', async () => {
    const blocks = await codeBlocks(new URL('../../README.md', import.meta.url));
    const pages = blocks.filter(({ language, text }) => language === 'yaml' && !text.includes('urn:acme:'));
    expect(pages.map(({ file }) => file)).toContain('page.yaml');
    for (const { file, text } of pages) {
      expect([file, refusedPlaces(check, valuesOf(text))]).toEqual([file, []]);
    }
  });

  it('accepts an expansion in place of every text, number and truth value, as validate does', async () => {
    const text = `
version: \${env:V}
policies:
  channel_capacity:
    pdata: \${env:N}
    control:
      node: \${env:N}
engine:
  plugins:
  plugin_scan: \${env:NO}
  custom: [ '$\${anything}' ]
  extensions:
    guard:
      type: '\${env:KIND}:bearer_token_auth'
      readiness_timeout: \${env:D}
      config:
        token: a$$b-\${env:T}
        poll_interval: \${env:D}
groups:
  g:
    policies:
    extensions:
    pipelines:
      p:
        type: \${env:OTLP}
        extensions:
          login:
            type: extension:oauth2_client_auth
            config:
              token_url: \${env:URL}
              client_id: \${env:N}
              client_secret: \${env:T:-none}
              scopes:
                - \${env:T}
              endpoint_params:
                a: \${env:T}
                b: [ '\${env:T}' ]
        nodes:
          in:
            type: receiver:otlp
            description: \${env:T}
            outputs:
              - \${env:T}
            default_output: \${env:T}
            capabilities:
              bearer_token_authorizer: \${env:GUARD}
            config:
              protocols:
                grpc:
                  listening_addr: 127.0.0.1:\${env:N}
                  wait_for_result: \${env:NO}
                  max_concurrent_requests: \${env:N}
                  tcp_keepalive: \${env:D}
                  request_compression:
                    - \${env:GZIP}
                  response_compression: \${env:GZIP}
                  max_frame_size: \${env:SIZE}
          out:
            type: exporter:otlp_http
            capabilities: { bearer_token_provider: login }
            config:
              endpoint: \${env:URL}
              http:
                compression: \${env:GZIP}
                headers:
                  x-a: \${env:T}
        connections:
          - from: \${env:IN}
            to: [ out ]
            policies:
              dispatch: \${env:ONE}
`;
    const env = {
      V: 'otel_dataflow/v1',
      N: '4317',
      NO: 'false',
      T: 'text',
      D: '5s',
      OTLP: 'otlp',
      URL: 'https://a.example',
      KIND: 'extension',
      GUARD: 'guard',
      GZIP: 'gzip',
      SIZE: '16KiB',
      IN: 'in["text"]',
      ONE: 'one_of',
    };
    expect(refusedPlaces(check, valuesOf(text))).toEqual([]);
    expect(await errorsOf(text, env)).toEqual([]);
  });

  it('accepts sections with nothing in them, as validate does', async () => {
    const text = `${pipeline}
          in: { type: exporter:noop, capabilities: , config: , outputs: }
        extensions:
        connections:
        policies: { channel_capacity: }
engine: { plugins: , extensions: , plugin_scan: }
policies:
`;
    expect(refusedPlaces(check, valuesOf(text))).toEqual([]);
    expect((await errorsOf(text)).filter((code) => code !== 'empty_pipeline')).toEqual([]);
  });

  it('takes a type by its URN as by its short form', () => {
    for (const type of ['processor:batch', 'urn:otel:processor:batch']) {
      const text = `${pipeline}\n          it: { type: "${type}", config: { otlp: { min_size: 0 } } }`;
      expect(refusedPlaces(check, valuesOf(text))).toEqual([
        'groups.g.pipelines.p.nodes.it.config.otlp.min_size',
      ]);
    }
  });

  it('says nothing of the configuration of a type that is only known later', () => {
    const text = `${pipeline}\n          it: { type: "\${env:TYPE}", config: { anything: [1] } }`;
    expect(refusedPlaces(check, valuesOf(text))).toEqual([]);
  });

  it('knows the components of plugins, and takes their definitions along', () => {
    const Tree = z.strictObject({
      name: z.string().describe('A name'),
      get children() {
        return z.array(Tree).optional();
      },
    });
    @Exporter({
      urn: 'urn:acme:exporter:tree',
      description: 'Sends trees',
      requires: [BearerTokenProvider],
      config: z.strictObject({ tree: Tree, more: Tree.optional() }),
    })
    class TreeExporter {
      async export(): Promise<void> {}
    }
    const catalog = new Catalog([builtIns, { origin: './acme.js', exports: [TreeExporter] }]);
    const withPlugin = schemaChecker(configSchema(listComponents(catalog)));
    const places = (declaration: string): readonly string[] =>
      refusedPlaces(withPlugin, valuesOf(`${pipeline}\n          it: ${declaration}`));
    const type = 'type: "urn:acme:exporter:tree"';
    const node = 'groups.g.pipelines.p.nodes.it';
    expect(
      places(
        `{ ${type}, capabilities: { bearer_token_provider: a }, config: { tree: { name: a, children: [ { name: b } ] } } }`,
      ),
    ).toEqual([]);
    expect(
      places(`{ ${type}, capabilities: {}, config: { tree: { name: a, children: [ { nam: b } ] } } }`),
    ).toEqual([node, `${node}.config.tree.children[0].nam`]);
    expect(places(`{ ${type} }`)).toEqual([node]);
    expect(refusedPlaces(check, valuesOf(`${pipeline}\n          it: { ${type} }`))).toEqual([
      `${node}.type`,
    ]);
  });

  it.each(wrongConfigs)(
    'refuses where validate does, but for what it cannot see: $what',
    ({ text, mistakes }) => {
      const value = valuesOf(text);
      const seen = mistakes.filter(({ unseen }) => unseen === undefined).map(({ at }) => parsePath(at));
      expect(refusedPlaces(check, value)).toEqual(placesOf(seen, value));
    },
  );
});
