import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { ACCEPTED_ENCODINGS, type EffectHandler } from '../../authoring.js';
import { answerBrokenRequest } from './broken-request.js';
import type { HttpSettings } from './config.js';
import { type Endpoint, type Listener, listenAt, settled } from './endpoint.js';
import { HttpConnections } from './http-connections.js';
import { HttpExchange, type HttpTerms } from './http-exchange.js';
import { Ingress, type ReceiverTerms } from './ingress.js';
import { Lingering } from './lingering.js';
import { ServerTls } from './server-tls.js';

/** The longest that a client may take for its request line and headers. */
const HEADERS_TIMEOUT_MS = 10_000;

/** How often the platform looks for requests that take too long. */
const CHECKING_INTERVAL_MS = 1_000;

/** How long an idle connection is kept: longer than clients do, so that it is they who close. */
const KEEP_ALIVE_MS = 75_000;

/** OTLP over HTTP/1.1, protobuf and JSON. */
export class HttpEndpoint implements Endpoint {
  readonly #effect: EffectHandler;
  readonly #settings: HttpSettings;
  readonly #ingress: Ingress;
  readonly #lingering: Lingering;
  readonly #connections: HttpConnections;
  readonly #stop = new AbortController();
  #server: Server | SecureServer | undefined;

  constructor(effect: EffectHandler, settings: HttpSettings, terms: ReceiverTerms) {
    this.#effect = effect;
    this.#settings = settings;
    this.#ingress = new Ingress(effect, 'http', settings, settings.max_request_body_size, terms);
    this.#lingering = new Lingering(effect.clock);
    this.#connections = new HttpConnections(effect.clock, settings.max_connection_age);
  }

  async listen(listener: Listener): Promise<void> {
    const server = await this.#createServer();
    this.#server = server;
    const { logger } = this.#effect;
    const compressed = this.#settings.accept_compressed_requests;
    const terms: HttpTerms = {
      compressed,
      acceptEncoding: compressed ? ACCEPTED_ENCODINGS : 'identity',
      closing: (socket) => this.#stop.signal.aborted || this.#connections.isLeaving(socket),
      linger: (request, end) => this.#lingering.add(request, end),
    };
    const serve = (expectsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
      const exchange = new HttpExchange(this.#ingress, terms, request, response, expectsContinue);
      this.#connections.began(request.socket, exchange);
      exchange.begin();
    };
    const opened = this.#settings.tls === undefined ? 'connection' : 'secureConnection';
    server.on(opened, (socket: Socket) => this.#connections.add(socket));
    server.on('request', serve(false));
    server.on('checkContinue', serve(true));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      // Not the error itself: it holds what the client sent, credentials and all.
      logger.debug('connection failed', { protocol: 'http', code: error.code, reason: error.message });
      answerBrokenRequest(error, socket, this.#connections.latest(socket), this.#lingering);
    });
    const address = await listenAt(listener, server, 'http', this.#settings.listening_addr, {
      retireOne: () => this.retireOne(),
    });
    server.on('error', (error: Error) =>
      logger.error('listening socket failed', { protocol: 'http', error }),
    );
    logger.info('listening', { protocol: 'http', address, tls: this.#settings.tls !== undefined });
  }

  retireOne(): boolean {
    return this.#connections.retireOne();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await this.#ingress.drained();
    server.closeIdleConnections();
    await settled(closed, this.#effect.clock);
    server.closeAllConnections();
    await closed;
  }

  async #createServer(): Promise<Server | SecureServer> {
    const settings = this.#settings;
    const options: ServerOptions = {
      noDelay: settings.tcp_nodelay,
      keepAlive: settings.tcp_keepalive !== null,
      keepAliveInitialDelay: settings.tcp_keepalive ?? 0,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, settings.timeout),
      // Behind our own deadline, which answers; this one covers bodies that nobody waits for any more.
      requestTimeout: settings.timeout + 2 * CHECKING_INTERVAL_MS,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    if (settings.tls === undefined) return createServer(options);
    const tls = new ServerTls(settings.tls, this.#effect, 'http');
    const server = createSecureServer({
      ...options,
      ...(await tls.load()),
      handshakeTimeout: tls.handshakeTimeoutMs,
      requestCert: tls.requiresClientCertificate,
      rejectUnauthorized: true,
    });
    void tls.follow(server, this.#stop.signal);
    return server;
  }
}
