export const CLIENT_CREDENTIALS = 'client_credentials';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** The fields that only one grant reads. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  [CLIENT_CREDENTIALS]: ['client_secret', 'client_secret_file'],
  [JWT_BEARER]: [
    'client_certificate_key',
    'client_certificate_key_file',
    'signature_algorithm',
    'client_certificate_key_id',
    'iss',
    'audience',
    'claims',
  ],
};

/** The parameters of a token request that have fields of their own, or are the grant itself. */
const ownParameters: Readonly<Record<string, string>> = {
  grant_type: 'grant_type',
  client_id: 'client_id',
  client_secret: 'client_secret',
  scope: 'scopes',
  assertion: 'client_certificate_key',
};

/** What each grant needs and refuses, for editors. A grant that comes out of the environment may be any. */
export function grantSchema() {
  const either = (field: string): object => ({
    anyOf: [{ required: [field] }, { required: [`${field}_file`] }],
  });
  const only = (grant: string, needs: string): object => ({
    ...either(needs),
    properties: Object.fromEntries(
      Object.entries(fieldsOf).flatMap(([other, fields]) =>
        other === grant ? [] : fields.map((field) => [field, false]),
      ),
    ),
  });
  const grant = (name: string, required: readonly string[], needs: string): object => ({
    if: { properties: { grant_type: { const: name } }, required },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: only(name, needs),
  });
  return {
    allOf: [
      either('client_id'),
      grant(CLIENT_CREDENTIALS, [], 'client_secret'),
      grant(JWT_BEARER, ['grant_type'], 'client_certificate_key'),
    ],
  };
}

export interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

/**
 * What is wrong between the fields. Fields that failed on their own may be missing or of another type.
 */
export function* crossFieldIssues(
  settings: Readonly<Record<string, unknown>>,
  usableMarginMs: number,
): Generator<FieldIssue> {
  yield* tokenUrlIssues(settings);
  yield* grantIssues(settings);
  yield* lifetimeIssues(settings, usableMarginMs);
  yield* parameterIssues(settings);
}

function* tokenUrlIssues({ token_url, tls }: Readonly<Record<string, unknown>>): Generator<FieldIssue> {
  const field = 'token_url';
  if (typeof token_url !== 'string') return;
  const url = URL.parse(token_url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    yield { field, message: 'is not an http or https URL; write it like https://login.example.com/token' };
    return;
  }
  if (url.username !== '' || url.password !== '') {
    yield { field, message: 'carries credentials; give them as client_id and client_secret' };
  }
  const insecure = typeof tls === 'object' && tls !== null && 'insecure' in tls && tls.insecure === true;
  if (url.protocol === 'http:' && !insecure && !isLoopback(url.hostname)) {
    yield {
      field,
      message:
        'would send credentials in the clear; use https, or set tls.insecure to true if the network is trusted',
    };
  }
}

function* grantIssues(settings: Readonly<Record<string, unknown>>): Generator<FieldIssue> {
  const grant = String(settings['grant_type']);
  yield* missing(settings, 'client_id', grant);
  if (grant === CLIENT_CREDENTIALS) yield* missing(settings, 'client_secret', grant);
  if (grant === JWT_BEARER) yield* missing(settings, 'client_certificate_key', grant);
  for (const [other, fields] of Object.entries(fieldsOf)) {
    if (other === grant || fieldsOf[grant] === undefined) continue;
    for (const field of fields) {
      if (settings[field] === undefined) continue;
      yield {
        field,
        message: `belongs to grant_type ${other}, but grant_type is ${grant}; remove one of them`,
      };
    }
  }
}

function* missing(
  settings: Readonly<Record<string, unknown>>,
  field: string,
  grant: string,
): Generator<FieldIssue> {
  if (settings[field] !== undefined || settings[`${field}_file`] !== undefined) return;
  yield { field, message: `is missing: grant_type ${grant} needs ${field} or ${field}_file` };
}

function* lifetimeIssues(
  { expiry_buffer: buffer, default_token_lifetime: lifetime }: Readonly<Record<string, unknown>>,
  usableMarginMs: number,
): Generator<FieldIssue> {
  if (typeof buffer !== 'number') return;
  if (buffer <= usableMarginMs) {
    yield {
      field: 'expiry_buffer',
      message: `must be longer than ${usableMarginMs / 1_000}s, within which a token is no longer used`,
    };
  }
  if (typeof lifetime === 'number' && lifetime <= buffer) {
    yield { field: 'default_token_lifetime', message: 'must be longer than expiry_buffer' };
  }
}

function* parameterIssues({ endpoint_params }: Readonly<Record<string, unknown>>): Generator<FieldIssue> {
  if (typeof endpoint_params !== 'object' || endpoint_params === null) return;
  for (const name of Object.keys(endpoint_params)) {
    const own = ownParameters[name];
    if (own !== undefined) yield { field: 'endpoint_params', message: `sets ${name}; use the field ${own}` };
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
