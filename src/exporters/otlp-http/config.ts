import { byteSize, clientTls, duration, type Signal, staticHeaders, z } from '../../authoring.js';
import { baseUrl, signalUrl } from './http-endpoint.js';

const count = () => z.number().int().positive();

/** Headers that say what the exporter sends and can read. */
function refusedHeader(name: string): string | undefined {
  return name === 'accept' || name === 'accept-encoding'
    ? 'is set by the exporter itself and cannot be configured'
    : undefined;
}

const http = z.strictObject({
  compression: z
    .enum(['none', 'gzip', 'deflate', 'zstd'])
    .default('none')
    .describe('How request bodies are compressed.'),
  headers: staticHeaders(refusedHeader)
    .prefault({})
    .describe('Headers added to every request; values are secret. Headers of the protocol are refused.'),
  timeout: duration({ positive: true })
    .prefault('10s')
    .describe('How long a request may take, connecting included.'),
  connect_timeout: duration({ positive: true })
    .prefault('3s')
    .describe('How long a connection may take to be made.'),
  concurrency_limit: count().default(256).describe('How many connections one client may have open.'),
  tcp_nodelay: z.boolean().default(true).describe('Whether small packets are sent at once.'),
  tcp_keepalive: duration({ positive: true })
    .nullable()
    .prefault('45s')
    .describe('How long a connection is silent before the system probes it; null for never.'),
  tls: clientTls().optional().describe('Trust and identity of TLS connections.'),
});

/** What `config:` of an `exporter:otlp_http` may say. */
export const OtlpHttpExporterConfig = z
  .strictObject({
    endpoint: baseUrl().describe('Base URL; /v1/traces, /v1/metrics and /v1/logs are appended.'),
    traces_endpoint: signalUrl()
      .optional()
      .describe('Whole URL for traces, in place of the base URL. A query in it is never shown.'),
    metrics_endpoint: signalUrl().optional().describe('Whole URL for metrics, in place of the base URL.'),
    logs_endpoint: signalUrl().optional().describe('Whole URL for logs, in place of the base URL.'),
    client_pool_size: count()
      .default(1)
      .describe(
        'How many clients are used in turn. Each has connections of its own: spreads load over servers that share a port.',
      ),
    max_in_flight: count().default(5).describe('How many requests may be under way at the same time.'),
    max_response_body_length: byteSize()
      .prefault(10_485_760)
      .describe('How much of a response is read; the rest is cut off.'),
    http: http.prefault({}).describe('How requests are sent.'),
  })
  .superRefine((settings, ctx) => {
    const { tls } = settings.http;
    if (tls === undefined) return;
    const secure = endpoints(settings).map((url) => url.protocol === 'https:');
    if (tls.insecure && secure.includes(true)) {
      ctx.addIssue({
        code: 'custom',
        path: ['http', 'tls', 'insecure'],
        message: 'contradicts an https:// endpoint; write http:// to send without TLS',
      });
    }
    if (!tls.insecure && !secure.includes(true)) {
      ctx.addIssue({
        code: 'custom',
        path: ['http', 'tls'],
        message: 'needs an https:// endpoint; an http:// endpoint is not encrypted',
      });
    }
  });

export type OtlpHttpExporterSettings = z.output<typeof OtlpHttpExporterConfig>;

type Endpoints = Readonly<Record<`${Signal}_endpoint`, URL | undefined>> & { readonly endpoint: URL };

function endpoints(settings: { endpoint: URL } & Partial<Endpoints>): URL[] {
  const { endpoint, traces_endpoint, metrics_endpoint, logs_endpoint } = settings;
  return [endpoint, traces_endpoint, metrics_endpoint, logs_endpoint].filter((url) => url !== undefined);
}
