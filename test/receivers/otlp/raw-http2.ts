import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { encodeFrame, otlpServices } from '../../../src/authoring.js';
import { logsRequest } from './requests.js';

export interface RawCall {
  /** Beside or in place of those of a good call. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The message in the frame; a good one when absent. */
  readonly message?: Uint8Array;
  readonly compressed?: boolean;
  /** The body as it stands, in place of a frame. */
  readonly body?: Uint8Array;
  /** Leaves the request open. */
  readonly unfinished?: boolean;
}

export interface RawAnswer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  /** Those of the headers when there is nothing else. */
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The code of RST_STREAM; 0 for a stream that ended well. */
  readonly rstCode: number;
}

/** One call with full control of what is sent, on a connection of its own. */
export async function rawGrpcCall(address: string, call: RawCall = {}): Promise<RawAnswer> {
  const session = connect(`http://${address}`);
  try {
    return await rawGrpcCallOn(session, call);
  } finally {
    session.destroy();
  }
}

export function rawGrpcCallOn(session: ClientHttp2Session, call: RawCall = {}): Promise<RawAnswer> {
  const { promise, reject, resolve } = Promise.withResolvers<RawAnswer>();
  session.on('error', reject);
  const stream = session.request({
    ':method': 'POST',
    ':path': otlpServices.logs.grpcPath,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(call.headers as Record<string, string | string[]>),
  });
  let headers: RawAnswer['headers'] = {};
  let trailers: IncomingHttpHeaders | undefined;
  const chunks: Buffer[] = [];
  stream.on('response', (received) => {
    headers = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => {});
  stream.on('close', () =>
    resolve({
      headers,
      trailers: trailers ?? headers,
      body: Buffer.concat(chunks),
      rstCode: stream.rstCode ?? 0,
    }),
  );
  const body = call.body ?? encodeFrame(call.message ?? logsRequest(), call.compressed ?? false);
  if (call.unfinished === true) stream.write(body);
  else stream.end(body);
  return promise;
}
