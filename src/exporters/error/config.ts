import { duration, z } from '../../authoring.js';

export const ErrorExporterConfig = z
  .strictObject({
    message: z.string().min(1, 'must not be empty').describe('The reason that every refusal carries'),
    permanent: z
      .boolean()
      .default(false)
      .describe('Whether the refusal is final; otherwise the sender is told that it may try again'),
    retry_after: duration({ positive: true })
      .optional()
      .describe('How long the sender is asked to wait before it tries again; not with permanent'),
  })
  .superRefine((settings, ctx) => {
    if (settings.permanent && settings.retry_after !== undefined) {
      ctx.addIssue({
        code: 'custom',
        path: ['retry_after'],
        message: 'has no use when permanent is true; remove one of the two',
      });
    }
  })
  // The same rule for editors.
  .meta({
    if: { properties: { permanent: { const: true } }, required: ['permanent'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { properties: { retry_after: false } },
  });

export type ErrorExporterSettings = z.output<typeof ErrorExporterConfig>;
