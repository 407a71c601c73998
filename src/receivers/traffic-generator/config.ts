import { z } from '../../authoring.js';

const count = (description: string) => z.int().nonnegative('must not be negative').describe(description);
const orNull = (description: string) =>
  z.int().positive('must be at least 1').nullable().describe(description);
const positive = (description: string) => z.int().positive('must be at least 1').describe(description);

const TrafficConfig = z
  .strictObject({
    production_mode: z
      .enum(['smooth', 'open'])
      .default('smooth')
      .describe('smooth spreads batches evenly over a second, open sends those of a second at once'),
    signals_per_second: orNull(
      'How many signals a second, of all kinds together; null: as many as go through',
    ).default(30),
    max_signal_count: orNull('After exactly how many signals to stop; null: never').default(null),
    max_batch_size: positive('How many signals a request holds at most').default(1000),
    metric_weight: count(
      'The share of metric data points among all signals; one of the three weights must be above 0',
    ).default(0),
    trace_weight: count('The share of spans among all signals').default(0),
    log_weight: count('The share of log records among all signals').default(0),
    log_body_size_bytes: count('Log bodies of this size; 0: no body; absent: readable messages').optional(),
    num_log_attributes: count('Attributes of a log record; absent: thread.id and thread.name').optional(),
    use_trace_context: z
      .boolean()
      .default(false)
      .describe('Whether log records carry a trace id and a span id'),
    num_metric_attributes: count('Attributes of a data point; absent: realistic ones').optional(),
    num_data_points_per_metric: positive('Data points of a metric').default(1),
  })
  .superRefine((traffic, ctx) => {
    if (traffic.metric_weight + traffic.trace_weight + traffic.log_weight > 0) return;
    ctx.addIssue({
      code: 'custom',
      message: 'generates nothing; set at least one of metric_weight, trace_weight and log_weight above 0',
    });
  })
  // The same for editors, as far as it is about which fields are there.
  .meta({
    allOf: [
      {
        anyOf: [
          { required: ['metric_weight'] },
          { required: ['trace_weight'] },
          { required: ['log_weight'] },
        ],
      },
    ],
  });

const Attributes = z.record(z.string().min(1), z.string());

const WeightedAttributes = z.strictObject({
  attrs: Attributes.refine((attrs) => Object.keys(attrs).length > 0, {
    error: 'must hold at least one attribute; remove the entry if it means nothing',
  }).describe('The attributes of this set'),
  weight: positive('How many batches in a row carry these attributes').default(1),
});

const AttributeSet = z.union([WeightedAttributes, Attributes]);

export const TrafficGeneratorConfig = z.strictObject({
  traffic_config: TrafficConfig.describe('What to generate, and how much'),
  data_source: z
    .enum(['semantic_conventions', 'synthetic'])
    .default('semantic_conventions')
    .describe('Taken for compatibility: both choices generate the built-in signals'),
  registry_path: z
    .string()
    .optional()
    .describe(
      'Taken for compatibility and not read, as a warning says: the built-in signals follow the semantic conventions',
    ),
  generation_strategy: z
    .enum(['fresh', 'pre_generated'])
    .default('fresh')
    .describe(
      'fresh gives every batch new times, ids and values; pre_generated sends the same batches again',
    ),
  enable_ack_nack: z
    .boolean()
    .default(false)
    .describe(
      'Whether to follow what becomes of the batches: the first refusal is logged, and at the end the numbers',
    ),
  resource_attributes: z
    .union([AttributeSet, z.array(AttributeSet)])
    .default([])
    .describe(
      'Resource attributes, or a list of sets (optionally { attrs, weight }) that batches take in turn; an empty list: three services',
    ),
  transport_headers: z
    .never({ error: 'is not supported: payloads here travel without transport headers; remove it' })
    .optional()
    .describe('Not supported'),
  seed: z
    .int()
    .nonnegative('must not be negative')
    .max(0xffff_ffff, 'must fit 32 bits')
    .optional()
    .describe('The same seed and the same clock generate the same bytes; absent: different data every time'),
});

export type TrafficGeneratorSettings = z.output<typeof TrafficGeneratorConfig>;
export type TrafficSettings = TrafficGeneratorSettings['traffic_config'];
