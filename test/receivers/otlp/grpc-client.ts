import { Client, credentials, type Metadata, type ServiceError, Metadata as Values } from '@grpc/grpc-js';
import { decodeStatusDetails, otlpServices, type Signal } from '../../../src/authoring.js';

export interface GrpcAnswer {
  /** The status code; 0 when the call succeeded. */
  readonly code: number;
  readonly message: string;
  readonly response: Uint8Array | undefined;
  readonly retryDelayMs: number | undefined;
  readonly trailers: Metadata;
}

export interface GrpcCallOptions {
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
  readonly deadlineMs?: number;
  readonly path?: string;
  /** Of grpc-js: 0 none, 1 deflate, 2 gzip. */
  readonly compression?: 0 | 1 | 2;
  readonly tls?: ReturnType<typeof credentials.createSsl>;
  readonly client?: Client;
}

/** Calls an export method with the client that most of the field uses. */
export async function callGrpc(
  address: string,
  signal: Signal,
  request: Uint8Array,
  options: GrpcCallOptions = {},
): Promise<GrpcAnswer> {
  const client =
    options.client ??
    new Client(address, options.tls ?? credentials.createInsecure(), {
      'grpc.default_compression_algorithm': options.compression ?? 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.max_send_message_length': -1,
    });
  const metadata = new Values();
  for (const [name, values] of Object.entries(options.metadata ?? {})) {
    for (const value of [values].flat()) metadata.add(name, value);
  }
  try {
    return await new Promise<GrpcAnswer>((resolve) => {
      client.makeUnaryRequest(
        options.path ?? otlpServices[signal].grpcPath,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.from(request),
        metadata,
        options.deadlineMs === undefined ? {} : { deadline: Date.now() + options.deadlineMs },
        (error: ServiceError | null, response?: Buffer) => resolve(answerOf(error, response)),
      );
    });
  } finally {
    if (options.client === undefined) client.close();
  }
}

function answerOf(error: ServiceError | null, response: Buffer | undefined): GrpcAnswer {
  const trailers = error?.metadata ?? new Values();
  const [details] = trailers.get('grpc-status-details-bin');
  return {
    code: error?.code ?? 0,
    message: error?.details ?? '',
    response,
    retryDelayMs:
      details === undefined
        ? undefined
        : decodeStatusDetails(Buffer.from(details).toString('base64')).retryDelayMs,
    trailers,
  };
}
