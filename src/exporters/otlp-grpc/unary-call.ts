import {
  type ClientHttp2Session,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import {
  type CallLimit,
  connectionReason,
  decodeGrpcMessage,
  decodeStatusDetails,
  type Frame,
  GrpcStatus,
  PayloadTooLarge,
  UnaryFrameReader,
} from '../../authoring.js';
import { headerListProblem } from './header-list.js';
import { nameOfReset, statusOfHttp, statusOfReset } from './transport-status.js';

/** How a call ended. */
export interface CallOutcome {
  readonly code: number;
  /** What the server said, or what went wrong on the way. */
  readonly message: string;
  /** How long the server asked to be left alone (`RetryInfo`), in milliseconds. */
  readonly retryDelayMs: number | undefined;
  /** The response message; only with status OK, and `undefined` when it could not be read. */
  readonly response: { readonly frame: Frame; readonly encoding: string | undefined } | undefined;
  /** Whether the server cannot have looked at the call: it was not sent, or is above the last stream of a GOAWAY. */
  readonly unprocessed?: true;
}

/** The largest response, before and after decompression: gRPC's usual limit, far above what OTLP answers. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/**
 * Makes one unary call on a session. Never rejects: whatever happens is an outcome.
 *
 * @param body the length-prefixed message, in one or more pieces
 * @param limit ends the call; the outcome is then `CANCELLED`
 */
export function unaryCall(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: readonly Uint8Array[],
  limit: CallLimit,
): Promise<CallOutcome> {
  return new Promise((resolve) => {
    new UnaryCall(session, limit, resolve).run(headers, body);
  });
}

class UnaryCall {
  readonly #session: ClientHttp2Session;
  readonly #limit: CallLimit;
  readonly #resolve: (outcome: CallOutcome) => void;
  readonly #reader = new UnaryFrameReader(MAX_RESPONSE_BYTES);
  #stream: ReturnType<ClientHttp2Session['request']> | undefined;
  #headers: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #readError: Error | undefined;
  #error: Error | undefined;
  #done = false;

  constructor(session: ClientHttp2Session, limit: CallLimit, resolve: (outcome: CallOutcome) => void) {
    this.#session = session;
    this.#limit = limit;
    this.#resolve = resolve;
  }

  run(headers: OutgoingHttpHeaders, body: readonly Uint8Array[]): void {
    const problem = headerListProblem(headers, this.#session);
    if (problem !== undefined) {
      this.#finish(failed(GrpcStatus.RESOURCE_EXHAUSTED, problem));
      return;
    }
    try {
      this.#stream = this.#session.request(headers);
    } catch (error) {
      // The session ended between the lease and here.
      this.#finish({ ...failed(GrpcStatus.UNAVAILABLE, connectionReason(error)), unprocessed: true });
      return;
    }
    const stream = this.#stream;
    this.#limit.whenEnded = () => this.#finish(failed(GrpcStatus.CANCELLED, 'the call was given up'));
    stream.on('response', (received) => {
      this.#headers = received;
    });
    stream.on('trailers', (received) => {
      this.#trailers = received;
    });
    stream.on('data', (chunk: Uint8Array) => this.#read(chunk));
    stream.on('end', () => {
      if (this.#grpcStatus() !== undefined) this.#finish(this.#outcome());
    });
    stream.on('error', (error) => {
      this.#error = error;
    });
    stream.on('close', () => this.#finish(this.#outcome()));
    stream.cork();
    for (const piece of body) stream.write(piece);
    stream.end();
    stream.uncork();
  }

  #read(chunk: Uint8Array): void {
    if (this.#readError !== undefined) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#readError = error as Error;
      // An endless response ends here; its status is lost with it.
      if (error instanceof PayloadTooLarge) {
        this.#finish(failed(GrpcStatus.RESOURCE_EXHAUSTED, `the response: ${error.message}`));
      }
    }
  }

  #grpcStatus(): string | undefined {
    const status = this.#trailers?.['grpc-status'] ?? this.#headers?.['grpc-status'];
    return typeof status === 'string' ? status : undefined;
  }

  #outcome(): CallOutcome {
    const status = this.#grpcStatus();
    if (status === undefined) return this.#outcomeWithoutStatus();
    const code = /^\d{1,9}$/.test(status) ? Number(status) : GrpcStatus.UNKNOWN;
    const message = this.#trailer('grpc-message');
    return {
      code,
      message: message === undefined ? '' : decodeGrpcMessage(message),
      retryDelayMs: retryDelay(this.#trailer('grpc-status-details-bin')),
      response: code === GrpcStatus.OK ? this.#response() : undefined,
    };
  }

  #outcomeWithoutStatus(): CallOutcome {
    const http = this.#headers?.[':status'];
    if (http !== undefined && http !== 200) {
      return failed(statusOfHttp(http), `the server answered with HTTP status ${http}`);
    }
    const reset = this.#stream?.rstCode ?? constants.NGHTTP2_NO_ERROR;
    if (reset === constants.NGHTTP2_REFUSED_STREAM) return { ...this.#reset(reset), unprocessed: true };
    if (this.#session.destroyed) {
      return failed(
        GrpcStatus.UNAVAILABLE,
        `the connection was lost${this.#error === undefined ? '' : `: ${connectionReason(this.#error)}`}`,
      );
    }
    return this.#reset(reset);
  }

  #reset(code: number): CallOutcome {
    return failed(statusOfReset(code), `the server ended the call without a status (${nameOfReset(code)})`);
  }

  #trailer(name: string): string | undefined {
    const value = this.#trailers?.[name] ?? this.#headers?.[name];
    return typeof value === 'string' ? value : undefined;
  }

  #response(): CallOutcome['response'] {
    if (this.#readError !== undefined) return undefined;
    try {
      const encoding = this.#headers?.['grpc-encoding'];
      return { frame: this.#reader.end(), encoding: typeof encoding === 'string' ? encoding : undefined };
    } catch {
      // The server accepted the data; a missing or broken response message does not change that.
      return undefined;
    }
  }

  #finish(outcome: CallOutcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#limit.whenEnded = undefined;
    const stream = this.#stream;
    if (stream !== undefined && !stream.closed) {
      const complete = stream.writableFinished && stream.readableEnded;
      stream.close(complete ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
    }
    this.#resolve(outcome);
  }
}

function failed(code: number, message: string): CallOutcome {
  return { code, message, retryDelayMs: undefined, response: undefined };
}

/** The delay in a `grpc-status-details-bin` trailer; a trailer that cannot be read asks for nothing. */
function retryDelay(details: string | undefined): number | undefined {
  if (details === undefined) return undefined;
  try {
    return decodeStatusDetails(details).retryDelayMs;
  } catch {
    return undefined;
  }
}
