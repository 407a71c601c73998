import { duration, z } from '../../authoring.js';

/** The names of the methods and their aliases. */
const methods = {
  managed_identity: 'managed_identity',
  msi: 'managed_identity',
  managedidentity: 'managed_identity',
  development: 'development',
  dev: 'development',
  developer: 'development',
  cli: 'development',
  workload_identity: 'workload_identity',
  wif: 'workload_identity',
  workloadidentity: 'workload_identity',
} as const;

type MethodName = keyof typeof methods;

const text = () => z.string().trim().min(1, 'must not be blank').meta({ pattern: '\\S' });

/** The spellings of methods that are neither of these. */
const otherThan = (...some: readonly string[]): readonly string[] =>
  Object.entries(methods).flatMap(([name, method]) => (some.includes(method) ? [] : [name]));

export const AzureIdentityAuthConfig = z
  .strictObject({
    method: z
      .enum(Object.keys(methods) as [MethodName, ...MethodName[]])
      .transform((name) => methods[name])
      .prefault('managed_identity')
      .describe(
        'managed_identity (msi, managedidentity), development (dev, developer, cli) or ' +
          'workload_identity (wif, workloadidentity).',
      ),
    client_id: text()
      .optional()
      .describe(
        'The user-assigned managed identity, or the application of a workload identity (or AZURE_CLIENT_ID).',
      ),
    tenant_id: text().optional().describe('The tenant of a workload identity (or AZURE_TENANT_ID).'),
    token_file_path: text()
      .optional()
      .describe('File with the federated token of a workload identity (or AZURE_FEDERATED_TOKEN_FILE).'),
    scope: text().default('https://monitor.azure.com/.default').describe('What the token is for.'),
    startup_timeout: duration({ positive: true })
      .prefault('30s')
      .describe('How long the data path waits for the first token.'),
  })
  .superRefine(
    (settings, ctx) => {
      const reported = new Set(ctx.issues.map((issue) => issue.path?.[0]));
      if (reported.has('method')) return;
      const refuse = (field: 'client_id' | 'tenant_id' | 'token_file_path', allowed: string): void => {
        if (settings[field] === undefined || reported.has(field)) return;
        const message = `has no meaning for method ${settings.method}; remove it, or use method ${allowed}`;
        ctx.addIssue({ code: 'custom', message, path: [field] });
      };
      if (settings.method !== 'workload_identity') {
        refuse('tenant_id', 'workload_identity');
        refuse('token_file_path', 'workload_identity');
      }
      if (settings.method === 'development') refuse('client_id', 'managed_identity or workload_identity');
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  // The same rules for editors. A method that comes out of the environment may be any.
  .meta({
    allOf: [
      {
        if: { properties: { method: { enum: otherThan('workload_identity') } } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { properties: { tenant_id: false, token_file_path: false } },
      },
      {
        if: {
          properties: { method: { enum: otherThan('managed_identity', 'workload_identity') } },
          required: ['method'],
        },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { properties: { client_id: false } },
      },
    ],
  });

export type AzureIdentityAuthSettings = z.output<typeof AzureIdentityAuthConfig>;
