import { z } from '../../authoring.js';

const FORMAT_ERROR =
  'must be pretty (lines for people) or json (one OTLP/JSON request a line); record_json is not made here';

export const ConsoleExporterConfig = z.strictObject({
  format: z
    .enum(['pretty', 'json'], { error: FORMAT_ERROR })
    .default('pretty')
    .describe('pretty: lines for people; json: one line a request, in OTLP/JSON'),
  verbosity: z
    .enum(['basic', 'normal', 'detailed'])
    .default('normal')
    .describe(
      'How much pretty shows. basic: a line for each request; normal: and one for each record; detailed: also resources, scopes, nanoseconds, events, links and what a metric is',
    ),
  color: z
    .boolean()
    .optional()
    .describe(
      'Whether pretty uses colours; absent: when standard output is a terminal and NO_COLOR is not set',
    ),
  unicode: z.boolean().default(true).describe('Whether pretty may use characters beyond ASCII of its own'),
  pretty: z
    .strictObject({
      histogram: z
        .enum(['compact', 'raw'])
        .default('compact')
        .describe('compact: count, sum, average and extremes of a histogram; raw: its buckets too'),
    })
    .prefault({})
    .describe('Options of the format pretty'),
});

export type ConsoleExporterSettings = z.output<typeof ConsoleExporterConfig>;
