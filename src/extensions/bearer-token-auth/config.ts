import { duration, fitsHeader, type Secret, secret, UNFIT_FOR_HEADER, z } from '../../authoring.js';

export const BearerTokenAuthConfig = z
  .strictObject({
    token: secret()
      .refine((token: Secret) => fitsHeader(token.reveal()), UNFIT_FOR_HEADER)
      .optional()
      .describe('The token; give it or token_file, not both.'),
    token_file: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .optional()
      .describe('File with the token, followed when it changes; white space around it does not count.'),
    poll_interval: duration({ positive: true }).prefault('5s').describe('How often token_file is looked at.'),
    previous_token_grace: duration()
      .prefault('0s')
      .describe('How long the authorizer still admits the token that token_file held before.'),
  })
  .superRefine(
    ({ token, token_file }, ctx) => {
      const issue = (field: string, message: string): void =>
        ctx.addIssue({ code: 'custom', message, path: [field] });
      if (ctx.issues.some(({ path }) => path?.[0] === 'token' || path?.[0] === 'token_file')) return;
      if (token === undefined && token_file === undefined)
        issue('token', 'is missing: give token or token_file');
      if (token !== undefined && token_file !== undefined) {
        issue('token_file', 'stands beside token; give one of the two');
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  // The same rule for editors.
  .meta({
    allOf: [{ anyOf: [{ required: ['token'] }, { required: ['token_file'] }] }],
    dependentSchemas: { token: { properties: { token_file: false } } },
  });

export type BearerTokenAuthSettings = z.output<typeof BearerTokenAuthConfig>;
