import { describe, expect, it } from '@jest/globals';
import { BearerTokenProvider, Exporter, type ExporterNode, Extension } from '../../../src/authoring.js';
import { CatalogError, Engine, type EngineOptions } from '../../../src/index.js';

@Exporter({ urn: 'urn:test:exporter:given', description: 'Given in code.' })
class Given implements ExporterNode {
  async export(): Promise<void> {}
}

@Extension({
  urn: 'urn:test:extension:given',
  description: 'Given in code.',
  traits: [BearerTokenProvider],
  execution: 'local',
})
class GivenTokens implements BearerTokenProvider {
  getToken(): Promise<never> {
    return Promise.reject(new Error('none'));
  }
  async *tokenStream(): AsyncGenerator<never> {}
}

const onTwoCores = (exporter: object, extensions: object = {}): object => ({
  version: 'otel_dataflow/v1',
  policies: { resources: { core_allocation: { type: 'core_count', count: 2 } } },
  engine: { extensions },
  groups: {
    g: {
      pipelines: {
        p: {
          nodes: {
            in: { type: 'receiver:traffic_generator', config: { traffic_config: { log_weight: 1 } } },
            out: exporter,
          },
          connections: [{ from: 'in', to: 'out' }],
        },
      },
    },
  },
});

const built = (config: object, components: EngineOptions['components'] = []): Promise<Engine> =>
  Engine.fromConfig(config, { components });

describe('a pipeline on several cores', () => {
  it('cannot have a node whose class was given in code, which other threads do not have', async () => {
    const config = onTwoCores({ type: 'urn:test:exporter:given' });
    await expect(built(config, [Given])).rejects.toEqual(
      new CatalogError(
        "pipeline 'g/p' runs on several cores, in threads that cannot have the class Given, which was given in code; " +
          'export it from a module and name that under plugins, or remove core_allocation',
      ),
    );
  });

  it('cannot use a local extension of such a class, whatever its scope', async () => {
    const config = onTwoCores(
      {
        type: 'exporter:otlp_http',
        capabilities: { bearer_token_provider: 'tokens' },
        config: { endpoint: 'http://127.0.0.1:1' },
      },
      { tokens: { type: 'urn:test:extension:given' } },
    );
    await expect(built(config, [GivenTokens])).rejects.toThrow(
      'the engine runs on several cores, in threads that cannot have the class GivenTokens',
    );
  });
});
