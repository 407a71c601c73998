import { describe, expect, it } from '@jest/globals';
import {
  BearerTokenProvider,
  Exporter,
  type ExporterNode,
  Extension,
  HttpConnectionPool,
  z,
} from '../../src/authoring.js';
import { ConfigError } from '../../src/config/config-error.js';
import { Engine } from '../../src/index.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';
import { onePipeline } from '../fixtures/running-engine.js';

const Settings = z.strictObject({ tls: z.string().optional(), token: z.string().optional() });

@Exporter({
  urn: 'urn:test:exporter:choosy',
  description: 'has its own TLS, or that of a pool',
  config: Settings,
  uses: [HttpConnectionPool, BearerTokenProvider],
  check: ({ tls }, bound) =>
    tls !== undefined && bound.has(HttpConnectionPool)
      ? [{ path: ['tls'], message: 'the pool has its own TLS; remove tls' }]
      : [],
})
class Choosy implements ExporterNode {
  async export(): Promise<void> {}
}

@Extension({
  urn: 'urn:test:extension:careless',
  description: 'its check throws',
  execution: 'local',
  config: Settings,
  check: ({ token }) => {
    throw new Error(`cannot read ${token}`);
  },
})
class Careless {
  async start(): Promise<void> {}
}

async function mistakes(out: object, extensions: object = {}): Promise<readonly string[]> {
  const config = onePipeline({
    extensions: { pool: { type: 'extension:http_pool' }, ...extensions },
    nodes: { in: { type: 'receiver:otlp', config: { protocols: { http: {} } } }, out },
    connections: [{ from: 'in', to: 'out' }],
  });
  try {
    await Engine.fromConfig(config, { components: [Choosy, Careless], logger: new CapturedLogger() });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(
      ({ code, path, message }) => `${path.slice(4).join('.')}: ${code}: ${message}`,
    );
  }
}

const type = 'urn:test:exporter:choosy';

describe('what a component says of its configuration in view of what it binds', () => {
  it('is nothing when both go together', async () => {
    expect(await mistakes({ type, config: { tls: 'ca.pem' } })).toEqual([]);
    expect(await mistakes({ type, capabilities: { http_connection_pool: 'pool' } })).toEqual([]);
  });

  it('is reported where the mistake is, with all others', async () => {
    const capabilities = { http_connection_pool: 'pool', bearer_token_provider: 'none' };
    expect(await mistakes({ type, capabilities, config: { tls: 'ca.pem' } })).toEqual([
      expect.stringMatching(/^nodes.out.capabilities.bearer_token_provider: not_found: /),
      'nodes.out.config.tls: invalid_value: the pool has its own TLS; remove tls',
    ]);
  });

  it('is not asked for while the configuration itself is wrong', async () => {
    expect(
      await mistakes({ type, capabilities: { http_connection_pool: 'pool' }, config: { tls: 1 } }),
    ).toEqual([expect.stringMatching(/^nodes.out.config.tls: invalid_value: 'tls'/)]);
  });

  it('is a bug of the component when it throws, told without what it threw', async () => {
    const extensions = { careless: { type: 'urn:test:extension:careless', config: { token: 's3cret' } } };
    const found = await mistakes({ type }, extensions);
    expect(found).toEqual([
      'extensions.careless.config: schema_failed: the check of this configuration by urn:test:extension:careless threw ' +
        'Error; this is a bug of that component',
    ]);
  });
});
