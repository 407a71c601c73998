import { z } from '../../authoring.js';

/** Where a gRPC server is. */
export interface GrpcEndpoint {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** What the address says of TLS; `undefined` for a bare `host:port`, which leaves it to the `tls` settings. */
  readonly scheme: 'http' | 'https' | undefined;
  /** `host:port` as it stands in `:authority` and in messages. */
  readonly authority: string;
}

const PORT = '[0-5]\\d{4}|\\d{1,4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5]';
const BARE = new RegExp(`^(?:\\[[0-9a-fA-F:.]+\\]|[^:[\\]/?#@\\s]+):(?:${PORT})$`);
/** What a JSON Schema can see of a URL. */
const HTTP = '^\\s*[Hh][Tt][Tt][Pp][Ss]?:';
const EXPECTED = 'is not a gRPC endpoint; write it like http://host:4317, https://host:4317 or host:4317';

/** A gRPC endpoint: an http or https URL without a path, or `host:port`. */
export function grpcEndpoint() {
  return z
    .string()
    .meta({ title: 'endpoint', pattern: `${BARE.source}|${HTTP}` })
    .transform((text, ctx): GrpcEndpoint => {
      const refuse = (message: string): never => {
        ctx.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      const bare = BARE.test(text);
      const url = URL.parse(bare ? `http://${text}` : text);
      if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return refuse(EXPECTED);
      if (url.username !== '' || url.password !== '') {
        return refuse('must not contain a user or a password; bind a bearer_token_provider or use headers');
      }
      if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
        return refuse('must not have a path; the path of a gRPC call is the name of its service');
      }
      const scheme = url.protocol === 'https:' ? 'https' : 'http';
      const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      return { host, port, scheme: bare ? undefined : scheme, authority: `${url.hostname}:${port}` };
    });
}
