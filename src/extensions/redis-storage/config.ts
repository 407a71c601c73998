import { clientTls, duration, secret, z } from '../../authoring.js';

const DEFAULT_PORT = 6_379;

/** Where a Redis server is, and which of its databases. */
export interface RedisAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly database: number;
}

const redisUrl = () =>
  z.string().transform((text, ctx): RedisAddress => {
    const refuse = (message: string): never => {
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const url = URL.parse(text);
    if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
      return refuse(
        'is not the URL of a Redis server; write it like redis://host:6379 or rediss://host:6379/1',
      );
    }
    if (url.username !== '' || url.password !== '') {
      return refuse('must not hold credentials; write them in username, and password or password_file');
    }
    const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
    if (database === undefined || url.search !== '' || url.hash !== '') {
      return refuse('may name a database by its number behind the host, and nothing else');
    }
    return {
      tls: url.protocol === 'rediss:',
      // An IPv6 address stands in brackets in a URL, and without them everywhere else.
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? DEFAULT_PORT : Number(url.port),
      database: Number(database),
    };
  });

export const RedisStorageConfig = z
  .strictObject({
    url: redisUrl().describe('The server, and its database: redis://host:port/number, or rediss:// with TLS'),
    username: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .describe('The user (ACL), when not the default one'),
    password: secret().optional().describe('The password; give it or password_file, not both'),
    password_file: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .optional()
      .describe('File with the password, read for every new connection'),
    tls: clientTls().optional().describe('How to trust the server and to show who we are, for rediss://'),
    key_prefix: z
      .string()
      .min(1, 'must not be empty')
      .default('dataflow')
      .describe('What the two keys begin with that hold everything; who shares it shares what is kept'),
    connect_timeout: duration({ positive: true })
      .prefault('3s')
      .describe('How long connecting and logging in may take'),
    timeout: duration({ positive: true })
      .prefault('2s')
      .describe('How long a call may take before it fails and the connection is made anew'),
    required_at_start: z
      .boolean()
      .default(true)
      .describe('Whether the start waits for the server, and fails when it cannot be reached within 4 s'),
  })
  .superRefine(({ url, tls, username, password, password_file }, ctx) => {
    const issue = (path: string[], message: string): void => ctx.addIssue({ code: 'custom', path, message });
    if (!url.tls && tls !== undefined && !tls.insecure) {
      issue(['tls'], 'needs a rediss:// URL; a redis:// connection is not encrypted');
    }
    if (url.tls && tls?.insecure === true) {
      issue(['tls', 'insecure'], 'contradicts the rediss:// URL; write redis:// to send without TLS');
    }
    if (password !== undefined && password_file !== undefined) {
      issue(['password_file'], 'stands beside password; give one of the two');
    }
    if (username !== undefined && password === undefined && password_file === undefined) {
      issue(['username'], 'needs its password; add password or password_file');
    }
  });

export type RedisStorageSettings = z.output<typeof RedisStorageConfig>;

/** `redis://host:port`, to be shown: nothing in it is secret. */
export function shownAddress({ tls, host, port }: RedisAddress): string {
  return `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
