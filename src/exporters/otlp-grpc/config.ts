import { byteSize, clientTls, duration, staticHeaders, z } from '../../authoring.js';
import { grpcEndpoint } from './grpc-endpoint.js';

const count = () => z.number().int().positive();

/** Names that gRPC keeps for itself or reads in its own way. */
function refusedMetadata(name: string): string | undefined {
  if (name === 'user-agent' || name.startsWith('grpc-'))
    return 'is reserved by gRPC and cannot be configured';
  if (name.endsWith('-bin')) return 'would carry binary metadata, which a configuration cannot hold';
  return undefined;
}

/** What `config:` of an `exporter:otlp_grpc` may say. */
export const OtlpGrpcExporterConfig = z
  .strictObject({
    grpc_endpoint: grpcEndpoint().describe(
      'Where to send: http://host:port, https://host:port, or host:port, which uses TLS when there is tls.',
    ),
    compression: z
      .enum(['none', 'gzip', 'deflate', 'zstd'])
      .default('none')
      .describe('How requests are compressed.'),
    max_in_flight: count().default(5).describe('How many requests may be under way at the same time.'),
    num_connections: count().default(1).describe('How many connections are used in turn.'),
    concurrency_limit: count()
      .default(256)
      .describe('How many requests may be under way on one connection; the server may allow fewer.'),
    timeout: duration({ positive: true })
      .prefault('10s')
      .describe('How long a request may take, connecting included. The server is told (grpc-timeout).'),
    connect_timeout: duration({ positive: true })
      .prefault('3s')
      .describe('How long a connection may take until the server greets.'),
    headers: staticHeaders(refusedMetadata)
      .prefault({})
      .describe(
        'Metadata added to every request; values are secret. grpc-*, *-bin, user-agent and headers of the protocol are refused.',
      ),
    tls: clientTls().optional().describe('Trust and identity of TLS connections.'),
    tcp_nodelay: z.boolean().default(true).describe('Whether small packets are sent at once.'),
    tcp_keepalive: duration({ positive: true })
      .nullable()
      .prefault('45s')
      .describe('How long a connection is silent before the system probes it; null for never.'),
    http2_keepalive_interval: duration({ positive: true })
      .nullable()
      .prefault('30s')
      .describe('How often the server is pinged; null for never.'),
    http2_keepalive_timeout: duration({ positive: true })
      .prefault('10s')
      .describe('How long an answer to a ping may take before the connection counts as dead.'),
    keep_alive_while_idle: z
      .boolean()
      .default(true)
      .describe('Whether to ping while no request is under way.'),
    initial_stream_window_size: byteSize()
      .refine((bytes) => bytes <= 2 ** 31 - 1, 'must be under 2GiB')
      .prefault('8MiB')
      .describe('How much of one response the server may send ahead.'),
    initial_connection_window_size: byteSize({ positive: true })
      .refine((bytes) => bytes >= 65_535 && bytes <= 2 ** 31 - 1, 'must be from 65535 bytes to under 2GiB')
      .prefault('32MiB')
      .describe('How much of all responses of a connection the server may send ahead.'),
  })
  .superRefine(({ grpc_endpoint, tls }, ctx) => {
    if (grpc_endpoint.scheme === 'http' && tls !== undefined && !tls.insecure) {
      ctx.addIssue({
        code: 'custom',
        path: ['tls'],
        message: 'needs an https:// endpoint; an http:// endpoint is not encrypted',
      });
    }
    if (grpc_endpoint.scheme === 'https' && tls?.insecure === true) {
      ctx.addIssue({
        code: 'custom',
        path: ['tls', 'insecure'],
        message: 'contradicts the https:// endpoint; write http:// to send without TLS',
      });
    }
  });

export type OtlpGrpcExporterSettings = z.output<typeof OtlpGrpcExporterConfig>;

/** Whether connections use TLS: what the URL says; for a bare `host:port`, whether there are `tls` settings. */
export function usesTls({ grpc_endpoint, tls }: OtlpGrpcExporterSettings): boolean {
  if (grpc_endpoint.scheme !== undefined) return grpc_endpoint.scheme === 'https';
  return tls !== undefined && !tls.insecure;
}
