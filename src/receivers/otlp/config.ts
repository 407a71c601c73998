import {
  byteSize,
  duration,
  HEADER_NAME_SCHEMA,
  MOST_METADATA,
  sharedHeaderNameProblem,
  socketAddress,
  z,
} from '../../authoring.js';
import { RateLimitSettings } from './rate-limit-settings.js';
import { TlsSettings } from './tls-settings.js';

const compressionMethod = z.enum(['zstd', 'gzip', 'deflate']);

/** A list of methods, one method, or `none`. */
function compressionMethods() {
  return z
    .union([z.array(compressionMethod), compressionMethod, z.literal('none')])
    .transform((value) => (Array.isArray(value) ? value : value === 'none' ? [] : [value]));
}

const MAX_INT32 = 2 ** 31 - 1;

/** A size of HTTP/2, whose numbers end at 2^31 - 1. */
function http2Size(min: number, max: number) {
  return byteSize({ positive: true }).refine((bytes) => bytes >= min && bytes <= max, {
    message: `must be between ${min} and ${max} bytes`,
  });
}

const listening = {
  wait_for_result: z
    .boolean()
    .default(false)
    .describe('Whether a request is answered when its data was delivered, not already when it is queued'),
  timeout: duration({ positive: true })
    .prefault('30s')
    .describe(
      'How long a request may take from its headers to its answer; a shorter grpc-timeout of the client counts',
    ),
  max_concurrent_requests: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'How many requests are in work at the same time; more are told to come back, and one that timed out counts until the pipeline is done with it. 0 stands for 128',
    ),
  tcp_nodelay: z.boolean().default(true).describe('Whether small packets are sent at once'),
  tcp_keepalive: duration({ positive: true })
    .nullable()
    .prefault('45s')
    .describe('Idle time before the system probes a connection; null turns it off'),
  max_connection_age: duration({ positive: true })
    .nullable()
    .default(null)
    .describe(
      'Age, a tenth more or less, at which a connection is asked to go, so that clients spread over what listens; null for never',
    ),
  tls: TlsSettings.optional().describe('Serves TLS instead of plain text'),
} as const;

export const GrpcSettings = z.strictObject({
  listening_addr: socketAddress()
    .prefault('127.0.0.1:4317')
    .describe('Where OTLP/gRPC listens; port 0 lets the system choose, and the log says what it chose'),
  ...listening,
  request_compression: compressionMethods()
    .prefault(['zstd', 'gzip', 'deflate'])
    .describe('Compression that requests may use beside none: a list, one name, or none'),
  response_compression: compressionMethods()
    .prefault([])
    .describe('Compression of responses; the first that the client accepts is used'),
  max_decoding_message_size: byteSize({ positive: true })
    .prefault('4MiB')
    .describe('How large a message may be, as it arrives and decompressed'),
  max_concurrent_streams: z
    .number()
    .int()
    .nonnegative()
    .max(MAX_INT32)
    .nullable()
    .default(null)
    .describe('Requests at the same time on one connection; 0 or null stands for max_concurrent_requests'),
  initial_stream_window_size: http2Size(65_535, MAX_INT32)
    .prefault('8MiB')
    .describe('HTTP/2 flow-control window of a request; never more than a message of the largest size needs'),
  initial_connection_window_size: http2Size(65_535, MAX_INT32)
    .prefault('24MiB')
    .describe('HTTP/2 flow-control window of a connection'),
  max_frame_size: http2Size(16_384, 2 ** 24 - 1)
    .prefault('16KiB')
    .describe('Largest HTTP/2 frame that a client may send'),
  http2_keepalive_interval: duration({ positive: true })
    .nullable()
    .prefault('30s')
    .describe('How often each connection is pinged; null turns it off'),
  http2_keepalive_timeout: duration({ positive: true })
    .prefault('10s')
    .describe('How long a ping may stay unanswered before the connection is closed'),
  max_connection_age_grace: duration({ positive: true })
    .nullable()
    .default(null)
    .describe(
      'How long the calls of a connection that was asked to go may take; null for as long as they do',
    ),
  health: z
    .boolean()
    .default(true)
    .describe('Whether grpc.health.v1.Health is served too, to anybody and without a token'),
});

export type GrpcSettings = z.output<typeof GrpcSettings>;

export const HttpSettings = z.strictObject({
  listening_addr: socketAddress()
    .prefault('127.0.0.1:4318')
    .describe('Where OTLP/HTTP listens; port 0 lets the system choose, and the log says what it chose'),
  ...listening,
  max_request_body_size: byteSize({ positive: true })
    .prefault('4MiB')
    .describe('How large a body may be, as it arrives and decompressed'),
  accept_compressed_requests: z
    .boolean()
    .default(true)
    .describe('Whether bodies may be compressed with gzip, deflate or zstd'),
});

export type HttpSettings = z.output<typeof HttpSettings>;

/** Lower-case names of headers that are to be sent on, so names that can be sent. */
const headerNames = z
  .array(
    z
      .string()
      .toLowerCase()
      .superRefine((name, ctx) => {
        const problem = sharedHeaderNameProblem(name);
        if (problem !== undefined)
          ctx.addIssue({ code: 'custom', message: `cannot be forwarded: it ${problem}` });
      })
      .meta(HEADER_NAME_SCHEMA),
  )
  .max(MOST_METADATA)
  .transform((names) => [...new Set(names)]);

export const OtlpReceiverConfig = z.strictObject({
  protocols: z
    .strictObject({
      grpc: GrpcSettings.optional().describe('OTLP over gRPC'),
      http: HttpSettings.optional().describe('OTLP over HTTP, protobuf and JSON'),
    })
    .refine((protocols) => protocols.grpc !== undefined || protocols.http !== undefined, {
      message: 'names no protocol; give grpc, http or both',
    })
    .superRefine(({ grpc, http }, ctx) => {
      const [one, other] = [grpc?.listening_addr, http?.listening_addr];
      if (one === undefined || other === undefined || one.port === 0) return;
      if (one.port !== other.port || one.host !== other.host) return;
      const message = 'is where grpc listens; choose another, for each protocol has an address of its own';
      ctx.addIssue({ code: 'custom', path: ['http', 'listening_addr'], message });
    })
    .meta({ minProperties: 1 })
    .describe('What to listen for, at least one'),
  include_headers: headerNames
    .prefault([])
    .describe('Headers of a request that go with its data, for exporters to send on (headers_setter)'),
  rate_limit: RateLimitSettings.optional().describe(
    'Refuses what is more than the rate_limiter in capabilities grants; both are given or neither is',
  ),
});

export type OtlpReceiverSettings = z.output<typeof OtlpReceiverConfig>;

/** What `max_concurrent_requests: 0` stands for: the capacity that a channel has by default. */
const DEFAULT_CONCURRENT_REQUESTS = 128;

/** How many requests may be in work at the same time. */
export function concurrentRequests(settings: { readonly max_concurrent_requests: number }): number {
  return settings.max_concurrent_requests === 0
    ? DEFAULT_CONCURRENT_REQUESTS
    : settings.max_concurrent_requests;
}
