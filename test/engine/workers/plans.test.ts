import { describe, expect, it } from '@jest/globals';
import { builtIns } from '../../../src/builtins.js';
import { planEngine } from '../../../src/engine/plan.js';
import { crossingSpec } from '../../../src/engine/workers/crossing-spec.js';
import { hostedPlans } from '../../../src/engine/workers/hosted-plans.js';
import { standInTypes } from '../../../src/engine/workers/stand-ins.js';
import type { ExtensionPlan } from '../../../src/extension/plan.js';

const SECRET = 'client-secret-of-the-engine';

/** A shared login that binds a local pool; a local pool that only a node binds; a local token. */
async function planned() {
  const plan = await planEngine({
    sources: [
      `yaml:${JSON.stringify({
        version: 'otel_dataflow/v1',
        engine: {
          extensions: {
            pool: { type: 'extension:http_pool' },
            own_pool: { type: 'extension:http_pool' },
            login: {
              type: 'extension:oauth2_client_auth',
              capabilities: { http_connection_pool: 'pool' },
              readiness_timeout: '9s',
              config: { token_url: 'http://127.0.0.1:1/', client_id: 'a', client_secret: SECRET },
            },
          },
        },
        groups: {
          default: {
            pipelines: {
              main: {
                nodes: {
                  in: { type: 'receiver:otlp', config: { protocols: { http: {} } } },
                  out: {
                    type: 'exporter:otlp_http',
                    capabilities: { bearer_token_provider: 'login', http_connection_pool: 'own_pool' },
                    config: {
                      endpoint: 'http://127.0.0.1:2',
                      http: { headers: { 'x-key': '$' + '{env:KEY}' } },
                    },
                  },
                },
                connections: [{ from: 'in', to: 'out' }],
              },
            },
          },
        },
      })}`,
    ],
    env: { KEY: '0123' },
    components: [builtIns],
    plugins: [],
    directory: '.',
  });
  expect(plan.diagnostics.sorted()).toEqual([]);
  return plan;
}

const used = (plans: readonly ExtensionPlan[]): string[] =>
  plans.filter((plan) => plan.used).map(({ name }) => name);

describe('what the thread of an engine builds itself', () => {
  it('is the shared extensions and the local ones that those bind', async () => {
    const plan = await planned();
    expect(used(plan.extensions)).toEqual(['pool', 'own_pool', 'login']);
    expect(used(hostedPlans(plan).extensions)).toEqual(['pool', 'login']);
  });
});

describe('what a worker gets of a configuration', () => {
  const crossing = async () => {
    const plan = await planned();
    if (plan.spec === undefined) throw new Error('the configuration could not be read');
    return crossingSpec(plan.spec, plan.pipelines, (_scope, name) =>
      plan.extensions.find((extension) => extension.name === name),
    );
  };

  it('is nothing of how a shared extension is configured', async () => {
    const spec = await crossing();
    const login = spec.declared.extensions.get('login');
    expect(login).toMatchObject({
      config: undefined,
      capabilities: new Map(),
      readinessTimeoutMs: undefined,
    });
    expect(JSON.stringify([...spec.declared.extensions])).not.toContain(SECRET);
    expect('sources' in spec).toBe(false);
  });

  it('has texts where the schema wants strings, for it does not know what was written', async () => {
    const [pipeline] = (await crossing()).pipelines;
    expect(pipeline?.nodes.get('out')?.config).toMatchObject({ http: { headers: { 'x-key': '0123' } } });
  });

  it('can be copied into another thread', async () => {
    const spec = await crossing();
    expect(structuredClone(spec)).toEqual(spec);
  });

  it('says of the types of shared extensions what they provide', async () => {
    const { extensions } = await planned();
    expect(standInTypes(extensions)).toEqual([
      {
        urn: 'urn:otel:extension:oauth2_client_auth',
        description: expect.any(String),
        traits: ['bearer_token_provider'],
        instancing: 'single',
      },
    ]);
  });
});
