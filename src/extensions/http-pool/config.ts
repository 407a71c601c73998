import { clientTls, duration, secret, z } from '../../authoring.js';
import { parseNoProxy } from './no-proxy.js';

const count = () => z.number().int().positive();
const text = () => z.string().trim().min(1, 'must not be empty');

/** What a JSON Schema can see of a URL. */
const HTTP = '^\\s*[Hh][Tt][Tt][Pp][Ss]?:';

const proxyUrl = () =>
  text()
    .meta({ title: 'url', pattern: HTTP })
    .transform((value, ctx): URL => {
      const url = URL.parse(value);
      let problem: string | undefined;
      if (url === null || !/^https?:$/.test(url.protocol)) {
        problem = 'is not an http or https URL; write it like http://proxy.example:3128';
      } else if (url.username !== '' || url.password !== '') {
        problem = 'must not contain a user or a password; give them as username and password';
      } else if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
        problem = 'must not have a path or a query; a proxy is a scheme, a host and a port';
      }
      if (url !== null && problem === undefined) return url;
      ctx.addIssue({ code: 'custom', message: problem ?? 'is not a URL' });
      return z.NEVER;
    });

const noProxyEntry = () =>
  text().refine(
    (entry) => parseNoProxy(entry) !== undefined,
    'is no host, address or network; write it like example.com, 10.1.2.3:4318, 10.0.0.0/8 or *',
  );

const proxy = z
  .strictObject({
    url: proxyUrl().optional().describe('The proxy for every request, over http or https.'),
    username: text()
      .meta({ pattern: '^[^:]+$' })
      .optional()
      .describe('The user that the proxy asks for (Basic).'),
    password: secret().optional().describe('The password of username.'),
    password_file: text()
      .optional()
      .describe('File with the password, in place of password; read for every new connection.'),
    from_environment: z
      .boolean()
      .default(false)
      .describe(
        'Whether to take the proxies from HTTP_PROXY and HTTPS_PROXY, and what needs none from NO_PROXY, in place of url.',
      ),
    no_proxy: z
      .array(noProxyEntry())
      .default([])
      .describe(
        'What is reached without the proxy: domains with all below them, addresses, networks; * for everything.',
      ),
    tls: clientTls().optional().describe('Trust and identity towards a proxy with an https URL.'),
  })
  .superRefine((settings, ctx) => {
    const { url, username, password, password_file, from_environment, tls } = settings;
    const issue = (field: string, message: string): void =>
      ctx.addIssue({ code: 'custom', message, path: [field] });
    if (url === undefined && !from_environment)
      issue('url', 'is missing: give url, or from_environment: true');
    if (url !== undefined && from_environment)
      issue('from_environment', 'stands beside url; give one of the two');
    if (url === undefined && from_environment && username !== undefined) {
      issue('username', 'belongs to url; a proxy of the environment has its user in the variable');
    }
    if (password !== undefined && password_file !== undefined) {
      issue('password_file', 'stands beside password; give one of the two');
    }
    const hasPassword = password !== undefined || password_file !== undefined;
    const field = password === undefined ? 'password_file' : 'password';
    if (hasPassword && username === undefined) issue(field, 'needs its user; add username');
    if (username?.includes(':') === true) issue('username', 'must not contain a colon, which ends it');
    if (tls?.insecure === true)
      issue('tls', 'insecure says nothing here; write an http:// URL for a proxy without TLS');
    if (tls !== undefined && url?.protocol === 'http:') issue('tls', 'needs an https:// proxy');
  })
  // The same rules for editors, as far as they can see them.
  .meta({
    allOf: [{ anyOf: [{ required: ['url'] }, { required: ['from_environment'] }] }],
    dependentSchemas: { password: { properties: { password_file: false } } },
  });

/** What `config:` of an `extension:http_pool` may say. */
export const HttpPoolConfig = z.strictObject({
  max_connections_per_origin: count()
    .default(64)
    .describe(
      'How many connections may be open to one scheme, host and port. Further requests wait for one.',
    ),
  max_connections: count()
    .optional()
    .describe('How many connections may be open to all of them together; no limit unless given.'),
  connect_timeout: duration({ positive: true })
    .prefault('5s')
    .describe('How long a connection may take to be made, with the proxy and TLS.'),
  keep_alive_timeout: duration({ positive: true })
    .prefault('30s')
    .describe('How long an unused connection is kept when the server does not say.'),
  max_keep_alive_timeout: duration({ positive: true })
    .prefault('10m')
    .describe('How long an unused connection is kept at most, whatever the server says.'),
  max_connection_age: duration({ positive: true })
    .optional()
    .describe(
      'How long a connection is used; the next request makes another, with files and addresses as they are then. No limit unless given.',
    ),
  tcp_keepalive: duration({ positive: true })
    .nullable()
    .prefault('45s')
    .describe('How long a connection is silent before the system probes it; null for never.'),
  drain_timeout: duration({ positive: true })
    .prefault('4s')
    .refine((ms) => ms < 5_000, 'must be shorter than the 5s that an extension has to stop')
    .describe('How long requests under way may take when the pool stops; then they are broken off.'),
  tls: clientTls()
    .refine(({ insecure }) => !insecure, {
      path: ['insecure'],
      message: 'says nothing here: the scheme of each URL decides whether a connection has TLS',
    })
    .optional()
    .describe('Trust and identity of TLS connections.'),
  proxy: proxy.optional().describe('The forward proxy that requests go through, by CONNECT.'),
});

export type HttpPoolSettings = z.output<typeof HttpPoolConfig>;

export type ProxySettings = z.output<typeof proxy>;
