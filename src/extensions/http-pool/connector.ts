import { once } from 'node:events';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { types } from 'node:util';
import type { buildConnector } from 'undici';
import {
  type Clock,
  connectionReason,
  DeadlineExceeded,
  FollowedClientTls,
  type Logger,
  withDeadline,
} from '../../authoring.js';
import { Abandoned, Attempt } from './attempt.js';
import type { HttpPoolSettings } from './config.js';
import { ConnectionSlots } from './connection-slots.js';
import type { ForwardProxy, Proxies, Target } from './proxies.js';
import { openTunnel } from './tunnel.js';

/** What a connection is made for. */
export interface ConnectionUser {
  /** Whether no request is on it or waits for it. */
  isIdle(): boolean;
  /** Aborts when the request that it is made for is given up; `undefined` when that cannot be known. */
  readonly patience: AbortSignal | undefined;
}

/** Makes the connections of a pool, straight or through a proxy, with TLS where the target has it. */
export class Connector {
  readonly #settings: HttpPoolSettings;
  readonly #tls: FollowedClientTls;
  readonly #proxies: Proxies;
  readonly #clock: Clock;
  readonly #slots: ConnectionSlots;
  readonly #sockets = new Set<Socket>();
  /** Connections that were handed out, with whether nobody uses them. */
  readonly #users = new Map<Socket, () => boolean>();
  /** Those that are older than they may be. */
  readonly #aged = new Set<Socket>();
  readonly #attempts = new Set<Attempt>();
  #closing = false;
  /** Why there are no connections any more. */
  #closed: Error | undefined;

  constructor(settings: HttpPoolSettings, proxies: Proxies, clock: Clock, log: Logger) {
    this.#settings = settings;
    this.#tls = new FollowedClientTls(settings.tls, log, 'all origins');
    this.#proxies = proxies;
    this.#clock = clock;
    this.#slots = new ConnectionSlots({
      perOrigin: settings.max_connections_per_origin,
      total: settings.max_connections ?? Number.POSITIVE_INFINITY,
    });
  }

  /** Makes a connection for a client of undici. */
  connect(options: buildConnector.Options, callback: buildConnector.Callback, user: ConnectionUser): void {
    const secure = options.protocol === 'https:';
    const port = Number(options.port) || (secure ? 443 : 80);
    const target = { secure, host: options.hostname, port };
    this.#open(target, options.servername ?? undefined, user.patience).then(
      (socket) => {
        this.#handOver(socket, () => user.isIdle());
        callback(null, socket);
      },
      (error: unknown) => callback(types.isNativeError(error) ? error : new Error(String(error)), null),
    );
  }

  /** To be called when a request has left a connection, before the next is on it. */
  freed(): void {
    for (const socket of this.#aged) this.#endIfIdle(socket);
    this.#makeRoom();
  }

  /**
   * Reads every file that the settings name, as each connection does.
   *
   * @throws Error naming the field of one that cannot be read
   */
  async check(): Promise<void> {
    await this.#tls.load();
    for (const proxy of this.#proxies.all) {
      await underField('proxy', () => proxy.tls.load());
      await proxy.authorization();
    }
  }

  /** Ends attempts that nobody waits for, now and from now on. */
  closeAbandoned(): void {
    this.#closing = true;
    for (const attempt of this.#attempts) if (attempt.isAbandoned) attempt.end(new Abandoned());
  }

  /** Ends every connection, and every attempt to make one. */
  close(): void {
    const reason = new Error('the http_connection_pool has stopped');
    this.#closed = reason;
    for (const attempt of this.#attempts) attempt.end(reason);
    for (const socket of this.#sockets) socket.destroy(reason);
  }

  #handOver(socket: Socket, isIdle: () => boolean): void {
    // Broken on the way here, which the client finds itself.
    if (socket.destroyed) return;
    this.#users.set(socket, isIdle);
    const { max_connection_age: age } = this.#settings;
    const timer =
      age === undefined
        ? undefined
        : this.#clock.setTimeout(() => {
            this.#aged.add(socket);
            this.#endIfIdle(socket);
          }, age);
    socket.once('close', () => {
      timer?.cancel();
      this.#users.delete(socket);
      this.#aged.delete(socket);
    });
  }

  /** Ends a connection that nobody uses, or an attempt, when there may be no more and another is waited for. */
  #makeRoom(): void {
    if (!this.#slots.wantsAny) return;
    for (const attempt of this.#attempts) {
      if (!attempt.isAbandoned) continue;
      attempt.end(new Abandoned());
      return;
    }
    for (const socket of this.#users.keys()) if (this.#endIfIdle(socket)) return;
  }

  #endIfIdle(socket: Socket): boolean {
    if (socket.destroyed || this.#users.get(socket)?.() !== true) return false;
    socket.destroy();
    return true;
  }

  async #open(
    target: Target,
    servername: string | undefined,
    patience: AbortSignal | undefined,
  ): Promise<Socket> {
    using attempt = new Attempt(patience, (abandoned) => {
      if (this.#closing) abandoned.end(new Abandoned());
      else this.#makeRoom();
    });
    if (this.#closed !== undefined) attempt.end(this.#closed);
    this.#attempts.add(attempt);
    try {
      return await this.#openFor(attempt, target, servername);
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  async #openFor(attempt: Attempt, target: Target, servername: string | undefined): Promise<Socket> {
    const origin = `${target.secure ? 'https' : 'http'}://${target.host}:${target.port}`;
    const slot = this.#slots.take(origin, attempt.signal, () => attempt.begin());
    this.#makeRoom();
    const giveBack = await slot;
    const made: Socket[] = [];
    try {
      const socket = await withDeadline(
        this.#clock,
        this.#settings.connect_timeout,
        attempt.signal,
        (signal) => this.#reach(target, servername, made, signal),
      );
      if (socket.destroyed) giveBack();
      else socket.once('close', giveBack);
      return socket;
    } catch (error) {
      for (const socket of made) socket.destroy();
      giveBack();
      if (!(error instanceof DeadlineExceeded)) throw error;
      const seconds = this.#settings.connect_timeout / 1_000;
      const proxy = this.#proxies.for(target);
      const way = proxy === undefined ? '' : ` through the proxy ${proxy.shown}`;
      throw new Error(`no connection to ${origin}${way} within ${seconds} s`, { cause: error });
    }
  }

  /** @param made filled with every socket that comes to be on the way */
  async #reach(
    target: Target,
    servername: string | undefined,
    made: Socket[],
    signal: AbortSignal,
  ): Promise<Socket> {
    const proxy = this.#proxies.for(target);
    const socket =
      proxy === undefined
        ? await this.#dial(target, made, signal)
        : await this.#throughProxy(proxy, target, made, signal);
    if (!target.secure) return socket;
    return this.#encrypt(socket, target, this.#tls, servername, made, signal);
  }

  async #throughProxy(
    proxy: ForwardProxy,
    target: Target,
    made: Socket[],
    signal: AbortSignal,
  ): Promise<Socket> {
    try {
      const plain = await this.#dial(proxy, made, signal);
      const socket = proxy.secure
        ? await underField('proxy', () => this.#encrypt(plain, proxy, proxy.tls, undefined, made, signal))
        : plain;
      return await openTunnel(socket, proxy, target, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new Error(`proxy ${proxy.shown}: ${connectionReason(error)}`, { cause: error });
    }
  }

  async #dial({ host, port }: Target, made: Socket[], signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted();
    const { tcp_keepalive: silence } = this.#settings;
    const socket = netConnect({
      host,
      port,
      noDelay: true,
      keepAlive: silence !== null,
      ...(silence === null ? {} : { keepAliveInitialDelay: silence }),
    });
    this.#follow(socket, made);
    await once(socket, 'connect', { signal });
    return socket;
  }

  /** Reads the files for every connection, so that renewed certificates are used without a restart. */
  async #encrypt(
    inner: Socket,
    { host }: Target,
    tls: FollowedClientTls,
    servername: string | undefined,
    made: Socket[],
    signal: AbortSignal,
  ): Promise<Socket> {
    const options = await tls.load();
    signal.throwIfAborted();
    const name = options.servername ?? servername ?? (isIP(host) === 0 ? host : '');
    const socket = tlsConnect({
      ...options,
      socket: inner,
      host,
      servername: name,
      ALPNProtocols: ['http/1.1'],
    });
    this.#follow(socket, made);
    socket.once('close', () => inner.destroy());
    await once(socket, 'secureConnect', { signal });
    return socket;
  }

  #follow(socket: Socket, made: Socket[]): void {
    made.push(socket);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Between two steps nobody listens for errors; the next step finds the socket destroyed.
    socket.on('error', () => {});
  }
}

/** Says in which part of the settings a field stands that an error names. */
async function underField<T>(part: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('tls.')) {
      throw new Error(`${part}.${error.message}`, { cause: error });
    }
    throw error;
  }
}
