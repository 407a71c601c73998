import { duration, z } from '../../authoring.js';

/** What of a log record can make it the same as another. */
export const identityParts = [
  'resource',
  'scope',
  'time',
  'severity',
  'event_name',
  'body',
  'attributes',
  'trace',
] as const;

export type IdentityPart = (typeof identityParts)[number];

export const DedupProcessorConfig = z.strictObject({
  window: duration({ positive: true })
    .prefault('5m')
    .describe('How long a record is remembered after it was delivered; the same one is dropped meanwhile'),
  identity: z
    .array(z.enum(identityParts))
    .min(1, 'must name one part at least')
    .default(['resource', 'scope', 'severity', 'event_name', 'body', 'attributes'])
    .describe('What must be equal for a record to be the same as another'),
  on_store_error: z
    .enum(['pass', 'nack'])
    .default('pass')
    .describe(
      'What becomes of records while the store cannot be asked: they pass, unless they are remembered in memory, or whoever sent them is told to try again',
    ),
  memory_records: z
    .int()
    .positive('must be at least 1')
    .default(100_000)
    .describe('How many of the last records are remembered in memory too, at about 150 bytes each'),
});

export type DedupProcessorSettings = z.output<typeof DedupProcessorConfig>;
