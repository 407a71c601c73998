import { clientTls, duration, secret, USABLE_MARGIN_MS, z } from '../../authoring.js';
import { CLIENT_CREDENTIALS, crossFieldIssues, grantSchema, JWT_BEARER } from './rules.js';

/** What signs an assertion (RFC 7518, RFC 8037). */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** What a JSON Schema can see of a URL. */
const HTTP = '^\\s*[Hh][Tt][Tt][Pp][Ss]?:';

/** The limit of connecting when the configuration does not say. */
export const DEFAULT_CONNECT_TIMEOUT = '10s';

const text = () => z.string().trim().min(1, 'must not be empty');

export const OAuth2ClientAuthConfig = z
  .strictObject({
    grant_type: z
      .enum([CLIENT_CREDENTIALS, JWT_BEARER])
      .default(CLIENT_CREDENTIALS)
      .describe(
        'How the client proves itself: with a secret, or with an assertion that it signs (RFC 7523).',
      ),
    token_url: text()
      .meta({ title: 'url', pattern: HTTP })
      .describe('The token endpoint of the authorization server.'),
    client_id: text().optional().describe('The client identifier; it or client_id_file is required.'),
    client_id_file: text().optional().describe('File with the client identifier; wins over client_id.'),
    client_secret: secret()
      .optional()
      .describe('The client secret; it or client_secret_file is required for client_credentials.'),
    client_secret_file: text().optional().describe('File with the client secret; wins over client_secret.'),
    scopes: z.array(text()).default([]).describe('The scopes to ask for.'),
    endpoint_params: z
      .record(z.string(), z.union([secret(), z.array(secret())]))
      .default({})
      .describe('More parameters for the token request, each a value or a list of values; all are secret.'),
    expiry_buffer: duration()
      .prefault('5m')
      .describe('How long before expiry a token is refreshed; more than 30s.'),
    default_token_lifetime: duration()
      .prefault('24h')
      .describe('How long a token lives when the server does not say; more than expiry_buffer.'),
    timeout: duration({ positive: true }).prefault('30s').describe('The limit of one token request.'),
    connect_timeout: duration({ positive: true })
      .prefault(DEFAULT_CONNECT_TIMEOUT)
      .describe('The limit of connecting.'),
    tls: clientTls().optional().describe('TLS towards the token endpoint.'),
    startup_timeout: duration({ positive: true })
      .prefault('30s')
      .describe('How long the data path waits for the first token.'),
    client_certificate_key: secret()
      .optional()
      .describe('The private key (PEM, unencrypted) that signs the assertion; jwt-bearer only.'),
    client_certificate_key_file: text()
      .optional()
      .describe('File with the private key; wins over client_certificate_key; jwt-bearer only.'),
    signature_algorithm: z
      .enum(algorithms)
      .optional()
      .describe('What the assertion is signed with, RS256 unless given; jwt-bearer only.'),
    client_certificate_key_id: text()
      .optional()
      .describe('The `kid` in the header of the assertion; jwt-bearer only.'),
    iss: text().optional().describe('The issuer of the assertion, client_id unless given; jwt-bearer only.'),
    audience: text()
      .optional()
      .describe('The audience of the assertion, token_url unless given; jwt-bearer only.'),
    claims: z
      .record(z.string(), z.json())
      .optional()
      .describe('More claims of the assertion; they win over the standard ones; jwt-bearer only.'),
  })
  .superRefine(
    (settings, ctx) => {
      // The rules look across fields that may have failed on their own; those are reported already.
      const reported = new Set(ctx.issues.map((issue) => issue.path?.[0]));
      for (const { field, message } of crossFieldIssues(settings, USABLE_MARGIN_MS)) {
        if (!reported.has(field)) ctx.addIssue({ code: 'custom', message, path: [field] });
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .meta(grantSchema());

export type OAuth2ClientAuthSettings = z.output<typeof OAuth2ClientAuthConfig>;
