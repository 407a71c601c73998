import { duration, z } from '../../authoring.js';

const size = (description: string) =>
  z.int().positive('must be at least 1').nullable().optional().describe(description);

/** How batches of one payload format are sized; `null` turns a limit off. */
const formatLimits = (sizer: 'bytes' | 'items') =>
  z
    .strictObject({
      min_size: size(
        'A batch is sent as soon as it has this size; absent: 1048576 bytes or 8192 items, at most max_size; null: max_size decides',
      ),
      max_size: size('A batch that would be larger is split; not less than min_size'),
      sizer: z
        .enum(['bytes', 'items', 'requests'])
        .default(sizer)
        .describe('What a size counts: encoded bytes, items (spans, data points, log records) or requests'),
    })
    .superRefine(({ min_size, max_size, sizer: counts }, ctx) => {
      if (min_size != null && max_size != null && max_size < min_size) {
        ctx.addIssue({
          code: 'custom',
          path: ['max_size'],
          message: `must not be less than min_size (${min_size})`,
        });
      }
      const noMinimum = min_size === null || (min_size === undefined && counts === 'requests');
      if (noMinimum && max_size == null) {
        ctx.addIssue({
          code: 'custom',
          path: ['min_size'],
          message: 'must be set when max_size is not, or nothing says when a batch is full',
        });
      }
    })
    // The same for editors, as far as it is about which fields are there.
    .meta({
      if: { properties: { sizer: { const: 'requests' } }, required: ['sizer'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { anyOf: [{ required: ['min_size'] }, { required: ['max_size'] }] },
    });

const requestLimit = (fallback: number, description: string) =>
  z.int().positive('must be at least 1').default(fallback).describe(description);

export const BatchProcessorConfig = z.strictObject({
  max_batch_duration: duration()
    .prefault('200ms')
    .describe('How long data is held back at most; 0s sends every request on at once, split if need be'),
  otlp: formatLimits('bytes').prefault({}).describe('How batches of OTLP payloads are sized'),
  otap: formatLimits('items')
    .prefault({})
    .describe('Taken for compatibility and not used: every payload here is OTLP'),
  format: z
    .enum(['preserve', 'otlp'], {
      error: "must be preserve or otlp; every payload here is OTLP, so 'otap' cannot be made",
    })
    .default('preserve')
    .describe('The format of what is sent; both choices mean OTLP'),
  inbound_request_limit: requestLimit(
    1024,
    'How many requests may wait for their outcome here; the sender waits for a place',
  ),
  outbound_request_limit: requestLimit(
    512,
    'How many batches may wait for their outcome; the next batch waits for a place',
  ),
  open_batch_limit: requestLimit(
    128,
    'How many batches of data with request metadata may be held back at a time; one more sends the oldest on',
  ),
});

export type BatchProcessorSettings = z.output<typeof BatchProcessorConfig>;
