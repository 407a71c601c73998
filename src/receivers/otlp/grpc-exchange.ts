import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import {
  type Compression,
  compressionFromToken,
  compressionToken,
  encodeFrame,
  encodeGrpcMessage,
  encodeStatusDetails,
  type Frame,
  MalformedPayload,
  otlpServices,
  PayloadTooLarge,
  parseGrpcTimeout,
  type Signal,
  signals,
  UnaryFrameReader,
} from '../../authoring.js';
import { Exchange } from './exchange.js';
import type { Ingress } from './ingress.js';
import {
  arrivedTooSlowly,
  compressedWithoutEncoding,
  malformed,
  notGrpc,
  type Refusal,
  tooLarge,
  unknownEncoding,
  unknownMethod,
  wrongVerb,
} from './refusals.js';
import { readStream, type StreamListener, serveStream } from './served-stream.js';

/** What all calls on one endpoint have in common. */
export interface GrpcTerms {
  readonly requestCompression: ReadonlySet<Compression>;
  /** `grpc-accept-encoding`. */
  readonly acceptEncoding: string;
  /** In order of preference. */
  readonly responses: readonly GrpcResponse[];
}

/** The accepted answer, an empty export response, in one compression. */
export interface GrpcResponse {
  readonly compression: Compression;
  readonly frame: Buffer;
}

const services: ReadonlyMap<string, Signal> = new Map(
  signals.map((signal) => [otlpServices[signal].grpcPath, signal]),
);

/** `application/grpc` with nothing, `+proto` or parameters after it; other codecs are not OTLP. */
export const GRPC_PROTO = /^application\/grpc(?:\+proto)?(?:\s*;|$)/i;

const CONTENT_TYPE = 'application/grpc';
const OK_TRAILERS = Object.freeze({ 'grpc-status': '0' });
/** Without a date, of which gRPC knows nothing and which would be one header more in each answer. */
const WITH_TRAILERS = Object.freeze({ waitForTrailers: true, sendDate: false });
const ONLY_TRAILERS = Object.freeze({ endStream: true });
const PLAIN_RESPONSE: GrpcResponse = {
  compression: 'none',
  frame: encodeFrame(new Uint8Array(0), false),
};

/** A client's header list may be limited to 8 KiB, so a long reason is cut. */
const LONGEST_MESSAGE = 1_000;

/** One unary call of an export service, on a stream of HTTP/2. */
export class GrpcExchange extends Exchange implements StreamListener {
  readonly #terms: GrpcTerms;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #rawHeaders: readonly string[];
  #signal: Signal = 'traces';
  #compression: Compression = 'none';
  #reader: UnaryFrameReader | undefined;
  /** The body has ended. */
  #ended = false;
  /** What is wrong with the body; said only to those who are admitted. */
  #unreadable: Refusal | undefined;
  #admitted = false;

  constructor(
    ingress: Ingress,
    terms: GrpcTerms,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ) {
    super(ingress);
    this.#terms = terms;
    this.#stream = stream;
    this.#headers = headers;
    this.#rawHeaders = rawHeaders;
    serveStream(stream, this);
  }

  protected override checkHeaders(): Refusal | undefined {
    const headers = this.#headers;
    const contentType = headers['content-type'];
    if (contentType === undefined || !GRPC_PROTO.test(contentType)) return notGrpc;
    if (headers[':method'] !== 'POST') return wrongVerb;
    const path = headers[':path'] ?? '';
    const signal = services.get(path);
    if (signal === undefined) return unknownMethod(path);
    this.#signal = signal;
    const encoding = headers['grpc-encoding'];
    if (encoding !== undefined) {
      const compression = compressionFromToken(String(encoding));
      if (compression === undefined || !this.#terms.requestCompression.has(compression)) {
        return unknownEncoding(this.#terms.acceptEncoding);
      }
      this.#compression = compression;
    }
    const timeout = headers['grpc-timeout'];
    if (timeout !== undefined) {
      const timeoutMs = parseGrpcTimeout(String(timeout));
      if (timeoutMs === undefined) return malformed('grpc-timeout is not a timeout');
      // Whoever sent it has given up, and may be sending it again.
      if (timeoutMs === 0) return arrivedTooSlowly;
      this.clientTimeoutMs = timeoutMs;
    }
    return undefined;
  }

  protected override get signal(): Signal {
    return this.#signal;
  }

  protected override get rawHeaders(): readonly string[] {
    return this.#rawHeaders;
  }

  /** The platform takes what the window lets in even if nobody reads it, frame by frame, however tiny they are. */
  protected override holdBody(): void {
    this.#collect();
  }

  protected override readBody(): void {
    this.#admitted = true;
    if (this.#reader === undefined) this.#collect();
    else this.#proceed();
  }

  #collect(): void {
    this.#reader = new UnaryFrameReader(this.ingress.limitBytes);
    readStream(this.#stream);
  }

  received(chunk: Buffer): void {
    if (this.over || this.#unreadable !== undefined) return;
    try {
      this.#reader?.push(chunk);
    } catch (error) {
      this.#unreadable = unreadable(error);
      this.#proceed();
    }
  }

  bodyEnded(): void {
    if (this.over) return;
    this.#ended = true;
    // A reset stream ends too, wherever it was cut.
    if (this.#stream.closed || this.#stream.destroyed) this.gone();
    else this.#proceed();
  }

  streamClosed(): void {
    this.gone();
  }

  /** Goes on with what has been read, once the request is admitted. */
  #proceed(): void {
    if (!this.#admitted || this.over) return;
    if (this.#unreadable !== undefined) this.refuse(this.#unreadable);
    else if (this.#ended && this.#reader !== undefined) this.#endOfBody(this.#reader);
  }

  #endOfBody(reader: UnaryFrameReader): void {
    // The platform keeps a stream, and this with it, for longer than the call lasts. If that held the message too, no
    // quick collection would ever free it, and the whole heap would have to be marked ten times a second.
    this.#reader = undefined;
    let frame: Frame;
    try {
      frame = reader.end();
    } catch (error) {
      this.refuse(unreadable(error));
      return;
    }
    const { compressed, pieces } = frame;
    if (compressed && this.#compression === 'none') this.refuse(compressedWithoutEncoding);
    else {
      this.arrived({
        signal: this.#signal,
        pieces,
        compression: compressed ? this.#compression : 'none',
        format: 'protobuf',
      });
    }
  }

  protected override answerAccepted(): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const { compression, frame } = this.#response();
    stream.respond(
      compression === 'none'
        ? { 'content-type': CONTENT_TYPE }
        : { 'content-type': CONTENT_TYPE, 'grpc-encoding': compressionToken(compression) },
      WITH_TRAILERS,
    );
    stream.on('wantTrailers', sendOk);
    stream.end(frame);
  }

  /** The first compression that the client accepts; plain when there is none. */
  #response(): GrpcResponse {
    const { responses } = this.#terms;
    if (responses.length === 0) return PLAIN_RESPONSE;
    const accepted = String(this.#headers['grpc-accept-encoding'] ?? '')
      .split(',')
      .map((token) => token.trim().toLowerCase());
    return (
      responses.find(({ compression }) => accepted.includes(compressionToken(compression))) ?? PLAIN_RESPONSE
    );
  }

  protected override answerRefused(refusal: Refusal): void {
    // What is not gRPC cannot read a gRPC status, so it gets one of HTTP.
    const http = refusal === notGrpc || refusal === wrongVerb;
    this.#respondAndClose(http ? { ':status': refusal.http, ...refusal.headers } : trailersOnly(refusal));
  }

  protected override abandon(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** An answer without a message. A client that is still sending is told to stop. */
  #respondAndClose(headers: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.respond(headers, ONLY_TRAILERS);
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  }
}

function sendOk(this: ServerHttp2Stream): void {
  this.sendTrailers(OK_TRAILERS);
}

/** The headers of an answer that is a status and nothing else. */
export function trailersOnly({ grpc, headers, message, retryDelayMs }: Refusal): OutgoingHttpHeaders {
  const shown = message.slice(0, LONGEST_MESSAGE);
  const acceptEncoding = headers?.['grpc-accept-encoding'];
  return {
    'content-type': CONTENT_TYPE,
    'grpc-status': String(grpc),
    'grpc-message': encodeGrpcMessage(shown),
    ...(retryDelayMs === undefined
      ? {}
      : { 'grpc-status-details-bin': encodeStatusDetails({ code: grpc, message: shown, retryDelayMs }) }),
    ...(acceptEncoding === undefined ? {} : { 'grpc-accept-encoding': acceptEncoding }),
  };
}

/** What is wrong with a message that cannot be read. */
export function unreadable(error: unknown): Refusal {
  if (error instanceof PayloadTooLarge) return tooLarge(error.message);
  if (error instanceof MalformedPayload) return malformed(error.message);
  throw error;
}
