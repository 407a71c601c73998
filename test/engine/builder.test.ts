import { describe, expect, it } from '@jest/globals';
import { ConfigBuilder } from '../../src/engine/builder/config-builder.js';
import { type BuiltInConfigs, type ComposedPolicies, Engine } from '../../src/index.js';
import { CapturedLogger } from '../../src/testing/captured-logger.js';

const builder = (): ConfigBuilder<BuiltInConfigs> => new ConfigBuilder();

const token = { token: 't0ken' };

describe('a configuration composed in code', () => {
  it('holds extensions of the engine, of a group and of a pipeline as a file would', () => {
    const composed = builder()
      .extension('wide', 'extension:bearer_token_auth', token)
      .group('edge', (group) =>
        group
          .extension('middle', 'extension:bearer_token_auth', token, { description: 'd' })
          .pipeline('main', (p) =>
            p
              .extension('own', 'extension:bearer_token_auth', token, { readiness_timeout: '10s' })
              .receiver('in', 'receiver:traffic_generator')
              .exporter('out', 'exporter:noop')
              .connect('in', 'out'),
          ),
      );
    const auth = { type: 'extension:bearer_token_auth', config: token };
    expect(composed.toConfig()).toEqual({
      version: 'otel_dataflow/v1',
      engine: { extensions: { wide: auth } },
      groups: {
        edge: {
          extensions: { middle: { ...auth, description: 'd' } },
          pipelines: {
            main: {
              extensions: { own: { ...auth, readiness_timeout: '10s' } },
              nodes: { in: { type: 'receiver:traffic_generator' }, out: { type: 'exporter:noop' } },
              connections: [{ from: 'in', to: 'out' }],
            },
          },
        },
      },
    });
  });

  it('holds policies of each scope', () => {
    const cores = (count: number): ComposedPolicies => ({
      resources: { core_allocation: { type: 'core_count', count } },
    });
    const composed = builder()
      .policies(cores(4))
      .group('edge', (group) =>
        group.policies(cores(3)).pipeline('main', (p) =>
          p
            .policies({ ...cores(2), runtime_recovery: { max_restarts: 1 } })
            .receiver('in', 'receiver:traffic_generator')
            .exporter('out', 'exporter:noop')
            .connect('in', 'out'),
        ),
      );
    expect(composed.toConfig()).toMatchObject({
      policies: cores(4),
      groups: {
        edge: {
          policies: cores(3),
          pipelines: { main: { policies: { ...cores(2), runtime_recovery: { max_restarts: 1 } } } },
        },
      },
    });
  });

  it('refuses a name that is taken in its scope, and a group that is composed in two places', () => {
    const twice = builder().extension('a', 'extension:bearer_token_auth', token);
    expect(() => twice.extension('a', 'extension:bearer_token_auth', token)).toThrow(
      "the extension 'a' is added twice",
    );
    const empty = { toConfig: () => ({}) };
    expect(() =>
      builder()
        .group('g', () => empty)
        .group('g', () => empty),
    ).toThrow("the group 'g' is added twice");
    expect(() =>
      builder()
        .group('g', () => empty)
        .pipeline('g/p', () => empty),
    ).toThrow("the group 'g' is composed already; add the pipeline 'p' there");
  });

  it('keeps every name as it is', () => {
    const composed = builder()
      .extension('__proto__', 'extension:bearer_token_auth', token)
      .pipeline('a/b/c', (p) =>
        p.receiver('in', 'receiver:traffic_generator').exporter('out', 'exporter:noop').connect('in', 'out'),
      )
      .toConfig() as { engine: { extensions: object }; groups: { a: { pipelines: object } } };
    expect(Object.keys(composed.engine.extensions)).toEqual(['__proto__']);
    expect(Object.keys(composed.groups.a.pipelines)).toEqual(['b/c']);
    expect(() => builder().extension('x', null as never)).toThrow('null is not a component');
  });

  it('makes an engine with what its scopes share', async () => {
    const engine = await Engine.compose(
      (config) =>
        config.extension('auth', 'extension:bearer_token_auth', token).pipeline('edge/main', (p) =>
          p
            .receiver('in', 'receiver:traffic_generator', {
              traffic_config: { max_signal_count: 1, log_weight: 1 },
            })
            .exporter(
              'out',
              'exporter:otlp_http',
              { endpoint: 'http://127.0.0.1:9' },
              { capabilities: { bearer_token_provider: 'auth' } },
            )
            .connect('in', 'out'),
        ),
      { logger: new CapturedLogger() },
    );
    expect(engine.extensions).toEqual([expect.objectContaining({ scope: {}, name: 'auth' })]);
    await engine.stop();
  });
});
