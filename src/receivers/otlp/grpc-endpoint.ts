import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { ServerOpts as NetServerOptions, Socket } from 'node:net';
import {
  type Compression,
  compress,
  compressionToken,
  type EffectHandler,
  encodeFrame,
} from '../../authoring.js';
import { concurrentRequests, type GrpcSettings } from './config.js';
import { type Endpoint, type Listener, listenAt, settled } from './endpoint.js';
import { GrpcExchange, type GrpcTerms } from './grpc-exchange.js';
import { GrpcSessions } from './grpc-sessions.js';
import { HealthService } from './health-service.js';
import { Ingress, type ReceiverTerms } from './ingress.js';
import { ServerSockets } from './server-sockets.js';
import { ServerTls } from './server-tls.js';
import { SessionKeepalive } from './session-keepalive.js';

/** OTLP over gRPC, on node:http2. */
export class GrpcEndpoint implements Endpoint {
  readonly #effect: EffectHandler;
  readonly #settings: GrpcSettings;
  readonly #ingress: Ingress;
  readonly #sessions: GrpcSessions;
  readonly #sockets: ServerSockets;
  readonly #health: HealthService | undefined;
  readonly #stop = new AbortController();
  readonly #keepalive: SessionKeepalive | undefined;
  #server: Http2Server | Http2SecureServer | undefined;

  constructor(effect: EffectHandler, settings: GrpcSettings, terms: ReceiverTerms) {
    this.#effect = effect;
    this.#settings = settings;
    this.#ingress = new Ingress(effect, 'grpc', settings, settings.max_decoding_message_size, terms);
    this.#sockets = new ServerSockets(effect.clock);
    const { http2_keepalive_interval, http2_keepalive_timeout } = settings;
    this.#sessions = new GrpcSessions(
      effect.clock,
      { maxAgeMs: settings.max_connection_age, graceMs: settings.max_connection_age_grace },
      (session) => this.#health?.leave(session),
    );
    this.#health = settings.health
      ? new HealthService(this.#ingress, (stream) => this.#sessions.isLeaving(stream))
      : undefined;
    this.#keepalive =
      http2_keepalive_interval === null
        ? undefined
        : new SessionKeepalive(
            effect.clock,
            this.#sessions.open,
            http2_keepalive_interval,
            http2_keepalive_timeout,
          );
  }

  async listen(listener: Listener): Promise<void> {
    const terms = await this.#terms();
    const server = await this.#createServer();
    this.#server = server;
    const { logger } = this.#effect;
    server.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
        if (this.#health?.serves(headers) === true) this.#health.begin(stream, headers);
        else new GrpcExchange(this.#ingress, terms, stream, headers, raw).begin();
      },
    );
    const opened = this.#settings.tls === undefined ? 'connection' : 'secureConnection';
    server.on(opened, (socket: Socket) => this.#sockets.add(socket));
    server.on('session', (session: ServerHttp2Session) => this.#adopt(session));
    // What a client does wrong ends its connection and nothing else.
    server.on('sessionError', (error: Error) =>
      logger.debug('connection failed', { protocol: 'grpc', error }),
    );
    const address = await listenAt(listener, server, 'grpc', this.#settings.listening_addr, {
      retireOne: () => this.retireOne(),
    });
    server.on('error', (error: Error) =>
      logger.error('listening socket failed', { protocol: 'grpc', error }),
    );
    this.#keepalive?.start();
    logger.info('listening', { protocol: 'grpc', address, tls: this.#settings.tls !== undefined });
  }

  retireOne(): boolean {
    return this.#sessions.retireOne();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    const server = this.#server;
    if (server === undefined) return;
    this.#health?.stop();
    this.#sessions.retireAll();
    // Closing the server closes its sessions at once, which would refuse what has arrived already.
    await new Promise((resolve) => setImmediate(resolve));
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await this.#ingress.drained();
    await settled(closed, this.#effect.clock);
    this.#keepalive?.stop();
    this.#sessions.destroyAll();
    this.#sockets.destroyAll();
    await closed;
  }

  #adopt(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.setLocalWindowSize(this.#settings.initial_connection_window_size);
    // It was accepted just before the socket closed.
    if (this.#stop.signal.aborted) this.#sessions.retireAll();
  }

  async #createServer(): Promise<Http2Server | Http2SecureServer> {
    const settings = this.#settings;
    const streams = settings.max_concurrent_streams || concurrentRequests(settings);
    const options = {
      noDelay: settings.tcp_nodelay,
      keepAlive: settings.tcp_keepalive !== null,
      keepAliveInitialDelay: settings.tcp_keepalive ?? 0,
      settings: {
        maxConcurrentStreams: streams,
        // What a client may send before anybody reads; more than one message of it would be held for nothing.
        initialWindowSize: Math.min(
          settings.initial_stream_window_size,
          Math.max(65_535, settings.max_decoding_message_size + 5),
        ),
        maxFrameSize: settings.max_frame_size,
        enablePush: false,
      },
      // Clients that open and reset streams in a row are cut off (CVE-2023-44487).
      streamResetBurst: 1_000,
      streamResetRate: 33,
    } satisfies ServerOptions & NetServerOptions;
    if (settings.tls === undefined) return createServer(options);
    const tls = new ServerTls(settings.tls, this.#effect, 'grpc');
    const secure: SecureServerOptions = {
      ...options,
      ...(await tls.load()),
      allowHTTP1: false,
      handshakeTimeout: tls.handshakeTimeoutMs,
      requestCert: tls.requiresClientCertificate,
      rejectUnauthorized: true,
    };
    const server = createSecureServer(secure);
    const { logger } = this.#effect;
    server.on('tlsClientError', (error) => logger.debug('TLS handshake failed', { protocol: 'grpc', error }));
    void tls.follow(server, this.#stop.signal);
    return server;
  }

  async #terms(): Promise<GrpcTerms> {
    const accepted: Compression[] = ['none', ...this.#settings.request_compression];
    return {
      requestCompression: new Set(accepted),
      acceptEncoding: accepted.map(compressionToken).join(','),
      responses: await Promise.all(
        this.#settings.response_compression.map(async (compression) => ({
          compression,
          frame: encodeFrame(await compress(new Uint8Array(0), compression), true),
        })),
      ),
    };
  }
}
