import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  BodyBuffer,
  type Compression,
  compressionFromToken,
  encodeExportResponse,
  encodeRpcStatus,
  exportResponseToJson,
  formatRetryAfter,
  otlpServices,
  rpcStatusToJson,
  type Signal,
  signals,
} from '../../authoring.js';
import { Exchange } from './exchange.js';
import type { Ingress } from './ingress.js';
import type { Format } from './intake.js';
import {
  arrivedTooSlowly,
  type Refusal,
  tooLarge,
  unknownEncoding,
  unknownPath,
  wrongType,
  wrongVerb,
} from './refusals.js';

/** What all requests on one endpoint have in common. */
export interface HttpTerms {
  /** `accept-encoding`. */
  readonly acceptEncoding: string;
  readonly compressed: boolean;
  /** Whether a connection ends with the answer that is being given on it. */
  readonly closing: (socket: Socket) => boolean;
  /** Keeps a connection open for a while after its answer, so that a client that is still sending can read it. */
  readonly linger: (request: IncomingMessage, end: () => void) => void;
}

const services: ReadonlyMap<string, Signal> = new Map(
  signals.map((signal) => [otlpServices[signal].httpPath, signal]),
);

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** An export response that remarks nothing. */
const ACCEPTED = encodeExportResponse();

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** What is left of a body is read and forgotten up to this size; beyond it the connection is closed. */
const SKIPPED_BYTES = 64 * 1024;

/** One export request over HTTP/1.1. */
export class HttpExchange extends Exchange {
  readonly #terms: HttpTerms;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly #expectsContinue: boolean;
  readonly #format: Format | undefined;
  /** Whether the connection ends with the answer. */
  #last = false;
  #signal: Signal = 'traces';
  #compression: Compression = 'none';

  constructor(
    ingress: Ingress,
    terms: HttpTerms,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ) {
    super(ingress);
    this.#terms = terms;
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
    this.#format = formatOf(request.headers['content-type']);
    // An error on either side is followed by the response's 'close', which ends the exchange.
    request.on('error', ignore);
    response.on('error', ignore);
    response.on('close', () => this.gone());
  }

  /** Whether the answer is out, so that the connection is between two requests. */
  get finished(): boolean {
    return this.#response.writableFinished;
  }

  /** Whether the parser has seen the end of the request, though it may not have been read yet. */
  get complete(): boolean {
    return this.#request.complete;
  }

  /** Makes this the last request of its connection. */
  closeAfterAnswer(): void {
    if (this.#last) return;
    this.#last = true;
    // For an answer whose headers are out already; with `connection: close` in them the platform closes by itself.
    this.#response.once('finish', () => this.#request.socket.destroySoon());
  }

  protected override checkHeaders(): Refusal | undefined {
    const { headers, method, url } = this.#request;
    const path = pathOf(url ?? '');
    const signal = services.get(path);
    if (signal === undefined) return unknownPath(path);
    this.#signal = signal;
    if (method !== 'POST') return wrongVerb;
    if (this.#format === undefined) return wrongType;
    const compression = compressionFromToken(headers['content-encoding']);
    if (compression === undefined || (compression !== 'none' && !this.#terms.compressed)) {
      return unknownEncoding(this.#terms.acceptEncoding);
    }
    this.#compression = compression;
    return Number(headers['content-length'] ?? 0) > this.ingress.limitBytes ? this.#tooLarge() : undefined;
  }

  protected override get signal(): Signal {
    return this.#signal;
  }

  protected override get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }

  protected override readBody(): void {
    const request = this.#request;
    const { limitBytes } = this.ingress;
    // Checked against the limit with the headers; chunked bodies announce nothing.
    const body = new BodyBuffer(Number(request.headers['content-length'] ?? limitBytes));
    request.on('data', (chunk: Buffer) => {
      if (this.over) return;
      if (body.length + chunk.length > limitBytes) {
        body.clear();
        this.refuse(this.#tooLarge());
      } else body.append(chunk);
    });
    request.on('end', () => {
      if (this.over) return;
      this.arrived({
        signal: this.#signal,
        pieces: body.pieces,
        compression: this.#compression,
        format: this.#format ?? 'protobuf',
      });
    });
    if (this.#expectsContinue) this.#response.writeContinue();
  }

  protected override answerAccepted(): void {
    const body = this.#format === 'json' ? exportResponseToJson(this.#signal) : ACCEPTED;
    this.#answer(200, body, NO_HEADERS, true);
  }

  protected override answerRefused(refusal: Refusal): void {
    const { grpc, headers, http, message, retryDelayMs } = refusal;
    const status = { code: grpc, message, retryDelayMs };
    const body = this.#format === 'protobuf' ? encodeRpcStatus(status) : rpcStatusToJson(status);
    const retryAfter = retryDelayMs === undefined ? {} : { 'retry-after': formatRetryAfter(retryDelayMs) };
    // Whoever was too slow once is not waited for a second time.
    this.#answer(
      http,
      body,
      { ...headers, ...retryAfter },
      refusal !== arrivedTooSlowly && this.#skippable(),
    );
  }

  protected override abandon(): void {
    this.#request.socket.destroy();
  }

  /** @param skip whether what is left of the body is read over, so that the connection can go on */
  #answer(
    status: number,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>>,
    skip: boolean,
  ): void {
    const response = this.#response;
    if (response.destroyed) return;
    const { readableEnded, socket } = this.#request;
    // A client that has closed its side sends nothing more, and nobody would notice that it is gone.
    const unread = !readableEnded && !skip && !socket.readableEnded;
    response.writeHead(status, {
      ...headers,
      // Whoever did not say what it reads can at least show text to a person.
      'content-type': CONTENT_TYPES[this.#format ?? 'json'],
      'content-length': Buffer.byteLength(body),
      ...(unread || this.#last || this.#terms.closing(this.#request.socket) ? { connection: 'close' } : {}),
    });
    if (!unread) {
      // The platform would send a body of no bytes as a piece of its own.
      if (body.length === 0) response.end();
      else response.end(body);
      return;
    }
    // Ending now would close the socket under a client that is still sending, and the reset would take the
    // answer with it.
    response.write(body);
    this.#request.resume();
    this.#terms.linger(this.#request, () => response.end());
  }

  /** Whether what is left of the body is small enough to be read over for the sake of the connection. */
  #skippable(): boolean {
    const { headers } = this.#request;
    if (this.#expectsContinue || headers['transfer-encoding'] !== undefined) return false;
    return Number(headers['content-length'] ?? 0) <= SKIPPED_BYTES;
  }

  #tooLarge(): Refusal {
    return tooLarge(`the body is larger than the limit of ${this.ingress.limitBytes} bytes`);
  }
}

function ignore(): void {}

function formatOf(contentType: string | undefined): Format | undefined {
  const semicolon = contentType?.indexOf(';') ?? -1;
  const type = (semicolon < 0 ? contentType : contentType?.slice(0, semicolon))?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

/** What comes before the path in the absolute form of a request target (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(ORIGIN, '');
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}
