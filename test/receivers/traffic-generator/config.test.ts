import { describe, expect, it } from '@jest/globals';
import { z } from '../../../src/authoring.js';
import { TrafficGeneratorConfig } from '../../../src/receivers/traffic-generator/index.js';

const problems = (settings: unknown): string[] =>
  TrafficGeneratorConfig.safeParse(settings).error?.issues.map(
    (issue) => `${issue.path.join('.')}: ${issue.message}`,
  ) ?? [];

const traffic = (rest: object = {}): object => ({ log_weight: 1, ...rest });

describe('the configuration of receiver:traffic_generator', () => {
  it('has the defaults of the reference engine', () => {
    expect(TrafficGeneratorConfig.parse({ traffic_config: traffic() })).toEqual({
      traffic_config: {
        production_mode: 'smooth',
        signals_per_second: 30,
        max_signal_count: null,
        max_batch_size: 1000,
        metric_weight: 0,
        trace_weight: 0,
        log_weight: 1,
        use_trace_context: false,
        num_data_points_per_metric: 1,
      },
      data_source: 'semantic_conventions',
      generation_strategy: 'fresh',
      enable_ack_nack: false,
      resource_attributes: [],
    });
  });

  it.each([
    {
      traffic_config: {
        max_signal_count: 10000,
        max_batch_size: 10,
        signals_per_second: 10,
        log_weight: 50,
        metric_weight: 50,
        trace_weight: 0,
      },
      registry_path: 'https://example.com/semantic-conventions.git[model]',
    },
    {
      data_source: 'synthetic',
      generation_strategy: 'pre_generated',
      enable_ack_nack: true,
      traffic_config: {
        signals_per_second: null,
        max_signal_count: null,
        log_weight: 30,
        log_body_size_bytes: 64,
      },
    },
    { traffic_config: traffic(), resource_attributes: { 'tenant.id': 'prod' } },
    { traffic_config: traffic(), resource_attributes: [{ 'tenant.id': 'prod' }, { 'tenant.id': 'ppe' }] },
    {
      traffic_config: traffic(),
      resource_attributes: [{ attrs: { 'tenant.id': 'prod' }, weight: 3 }, { attrs: { 'tenant.id': 'ppe' } }],
    },
  ])('takes what the reference engine takes (%#)', (settings) => {
    expect(problems(settings)).toEqual([]);
  });

  it.each([
    [
      'nothing to generate',
      { traffic_config: {} },
      [
        'traffic_config: generates nothing; set at least one of metric_weight, trace_weight and log_weight above 0',
      ],
    ],
    [
      'a rate of zero',
      { traffic_config: traffic({ signals_per_second: 0 }) },
      ['traffic_config.signals_per_second: must be at least 1'],
    ],
    [
      'an empty batch',
      { traffic_config: traffic({ max_batch_size: 0 }) },
      ['traffic_config.max_batch_size: must be at least 1'],
    ],
    [
      'a negative weight',
      { traffic_config: traffic({ log_weight: -1, trace_weight: 2 }) },
      ['traffic_config.log_weight: must not be negative'],
    ],
    [
      'transport headers, which nothing here carries',
      { traffic_config: traffic(), transport_headers: { a: 'b' } },
      ['transport_headers: is not supported: payloads here travel without transport headers; remove it'],
    ],
  ])('refuses %s', (_what, settings, expected) => {
    expect(problems(settings)).toEqual(expected);
  });

  it('has a JSON Schema', () => {
    expect(z.toJSONSchema(TrafficGeneratorConfig, { io: 'input' })).toMatchObject({
      required: ['traffic_config'],
    });
  });
});
