import {
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import {
  compressionFromToken,
  decodeHealthCheckRequest,
  decompress,
  encodeFrame,
  encodeHealthCheckResponse,
  joinPieces,
  MalformedPayload,
  PayloadTooLarge,
  parseGrpcTimeout,
  ServingStatus,
  UnaryFrameReader,
} from '../../authoring.js';
import { trailersOnly, unreadable } from './grpc-exchange.js';
import type { Ingress, OpenRequest } from './ingress.js';
import {
  arrivedTooSlowly,
  broken,
  compressedWithoutEncoding,
  connectionEnds,
  type Refusal,
  unknownService,
} from './refusals.js';

/** A request is the name of a service. */
const LARGEST_REQUEST_BYTES = 4_096;

const HEADERS = Object.freeze({ 'content-type': 'application/grpc' });
const WITH_TRAILERS = Object.freeze({ waitForTrailers: true });
const OK: OutgoingHttpHeaders = Object.freeze({ 'grpc-status': '0' });

/** One call of `grpc.health.v1.Health`, on a stream of HTTP/2. */
export class HealthCall implements OpenRequest {
  deadline = Number.POSITIVE_INFINITY;
  place = 0;
  readonly #ingress: Ingress;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #asked: (call: HealthCall, service: string) => void;
  #service = '';
  #told: ServingStatus | undefined;
  #over = false;
  #begunAt = 0;

  /** @param asked is called when the request has been read */
  constructor(
    ingress: Ingress,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    asked: (call: HealthCall, service: string) => void,
  ) {
    this.#ingress = ingress;
    this.#stream = stream;
    this.#headers = headers;
    this.#asked = asked;
  }

  /** Whether it is one of this connection. */
  isOn(session: Http2Session): boolean {
    return this.#stream.session === session;
  }

  /** The service that was asked about. */
  get service(): string {
    return this.#service;
  }

  begin(): void {
    const { clock, open, timeoutMs } = this.#ingress;
    const stream = this.#stream;
    // An error of a stream is always followed by 'close'.
    stream.on('error', () => {});
    stream.on('close', () => this.#end());
    this.#begunAt = clock.now();
    this.deadline = this.#begunAt + Math.min(this.#clientTimeoutMs, timeoutMs);
    open.add(this);
    const reader = new UnaryFrameReader(LARGEST_REQUEST_BYTES);
    stream.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      try {
        reader.push(chunk);
      } catch (error) {
        this.refuse(unreadable(error));
      }
    });
    stream.on('end', () => {
      if (!this.#over && !stream.closed) void this.#read(reader);
    });
  }

  /** Says the status, once: the answer to `Check`. */
  answerOnce(service: string, status: ServingStatus): void {
    if (status === ServingStatus.SERVICE_UNKNOWN) this.refuse(unknownService(service));
    else {
      this.#tell(status);
      this.#finish(OK);
    }
  }

  /** Says the status to one who watches, unless it was said already. */
  tell(status: ServingStatus): void {
    if (this.#over || status === this.#told) return;
    this.#tell(status);
    // From now on it is the client that says how long it watches. What has no end is not looked at again and again.
    this.deadline = this.#begunAt + this.#clientTimeoutMs;
    if (this.deadline === Number.POSITIVE_INFINITY) this.#ingress.open.delete(this);
  }

  endWatch(): void {
    this.refuse(connectionEnds);
  }

  refuse(refusal: Refusal): void {
    if (this.#over) return;
    const { 'content-type': _said, ...trailers } = trailersOnly(refusal);
    if (this.#told !== undefined) this.#finish(trailers);
    else {
      this.#end();
      if (this.#stream.destroyed || this.#stream.closed) return;
      this.#stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
      if (!this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    }
  }

  expire(): void {
    this.refuse(arrivedTooSlowly);
  }

  get #clientTimeoutMs(): number {
    const timeout = this.#headers['grpc-timeout'];
    const timeoutMs = timeout === undefined ? undefined : parseGrpcTimeout(String(timeout));
    return timeoutMs ?? Number.POSITIVE_INFINITY;
  }

  /** Never rejects. */
  async #read(reader: UnaryFrameReader): Promise<void> {
    try {
      const { compressed, pieces } = reader.end();
      const encoding = compressionFromToken(String(this.#headers['grpc-encoding'] ?? 'identity')) ?? 'none';
      if (compressed && encoding === 'none') {
        this.refuse(compressedWithoutEncoding);
        return;
      }
      const message = joinPieces(pieces);
      const bytes = compressed ? await decompress(message, encoding, LARGEST_REQUEST_BYTES) : message;
      this.#service = decodeHealthCheckRequest(bytes);
    } catch (error) {
      this.refuse(
        error instanceof MalformedPayload || error instanceof PayloadTooLarge ? unreadable(error) : broken,
      );
      return;
    }
    if (!this.#over) this.#asked(this, this.#service);
  }

  #tell(status: ServingStatus): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    if (this.#told === undefined) this.#stream.respond({ ...HEADERS }, WITH_TRAILERS);
    this.#told = status;
    this.#stream.write(encodeFrame(encodeHealthCheckResponse(status), false));
  }

  #finish(trailers: OutgoingHttpHeaders): void {
    if (!this.#end()) return;
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end();
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#ingress.open.delete(this);
    return true;
  }
}
