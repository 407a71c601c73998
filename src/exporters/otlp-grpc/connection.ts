import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import {
  type CallLimit,
  type Clock,
  ConnectBackoff,
  type FollowedClientTls,
  type Logger,
  type Timer,
  Waiters,
} from '../../authoring.js';
import type { OtlpGrpcExporterSettings } from './config.js';
import { ConnectError, type Dialed, dial } from './dial.js';
import { complainsOfPings, keepAlive } from './keepalive.js';

/** A session to open one stream on. Give it back when the stream has ended. */
export interface Lease {
  readonly session: ClientHttp2Session;
  release(): void;
}

/** The caller gave up before there was a session with room for a stream. */
export class LeaseAborted extends Error {
  override readonly name = 'LeaseAborted';
}

/** A session with what is open on it. */
interface Live extends Dialed {
  active: number;
  opened: number;
  /** Takes no more streams; its socket is closed with the last one. */
  retired: boolean;
}

/** A client has 2^30 stream ids on one connection; some are left for streams that are being opened. */
const STREAMS_PER_SESSION = 2 ** 30 - 2 ** 16;

/**
 * One connection to the server, made when it is first needed and again whenever it was lost. A session that the
 * server said goodbye to (GOAWAY) finishes its streams while a new one takes the next, and is closed from this side
 * after the last, whatever the server does.
 *
 * A call waits for the outcome of one attempt to connect, which may be the next after a pause. So callers learn
 * soon that the server is down, and a server that is down is not stormed.
 */
export class Connection {
  readonly #settings: OtlpGrpcExporterSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tls: FollowedClientTls;
  readonly #backoff = new ConnectBackoff();
  readonly #closing = new AbortController();
  readonly #sockets = new Set<Socket>();
  readonly #waiters = new Waiters<Lease>();
  #live: Live | undefined;
  #dialing = false;
  #pause: Timer | undefined;
  #unreachable = false;
  /** Doubles each time the server complains of pings. */
  #pingFactor = 1;

  constructor(settings: OtlpGrpcExporterSettings, tls: FollowedClientTls, clock: Clock, log: Logger) {
    this.#settings = settings;
    this.#tls = tls;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * A session with room for one more stream, at once if there is one.
   *
   * @throws ConnectError when the attempt to connect failed
   * @throws LeaseAborted when `limit` ends first
   */
  lease(limit: CallLimit): Lease | Promise<Lease> {
    // As a rule there is one, and nothing to wait for.
    if (this.#waiters.size === 0 && limit.ended === undefined) {
      const live = this.#usable();
      if (live !== undefined && live.active < this.#room(live.session)) return this.#open(live);
    }
    const lease = this.#waiters.wait(
      limit.signal,
      () => new LeaseAborted('gave up before there was a connection'),
    );
    this.#serve();
    return lease;
  }

  /** Ends all sessions. Resolves when their sockets are closed. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#pause?.cancel();
    this.#waiters.failAll(new ConnectError(`the connection to ${this.#authority} is closed`));
    await Promise.all(
      [...this.#sockets].map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.once('close', () => resolve());
            socket.destroy();
          }),
      ),
    );
  }

  get #authority(): string {
    return this.#settings.grpc_endpoint.authority;
  }

  /** Gives waiting calls what there is, and sees to it that there will be more. */
  #serve(): void {
    while (this.#waiters.size > 0) {
      const live = this.#usable();
      if (live === undefined) {
        this.#connect();
        return;
      }
      if (live.active >= this.#room(live.session)) return;
      this.#waiters.grantFirst(() => this.#open(live));
    }
  }

  #usable(): Live | undefined {
    const live = this.#live;
    if (live === undefined) return undefined;
    const { session, opened } = live;
    if (opened >= STREAMS_PER_SESSION || session.closed || session.destroyed) this.#retire(live);
    return this.#live;
  }

  #room(session: ClientHttp2Session): number {
    const allowed = session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    return Math.min(allowed, this.#settings.concurrency_limit);
  }

  #open(live: Live): Lease {
    live.active += 1;
    live.opened += 1;
    let released = false;
    return {
      session: live.session,
      release: () => {
        if (released) return;
        released = true;
        live.active -= 1;
        if (live.retired) this.#hangUpWhenIdle(live);
        this.#serve();
      },
    };
  }

  #retire(live: Live): void {
    if (this.#live === live) this.#live = undefined;
    live.retired = true;
    this.#hangUpWhenIdle(live);
  }

  #hangUpWhenIdle(live: Live): void {
    if (live.active === 0) live.socket.destroy();
  }

  #connect(): void {
    if (this.#dialing || this.#pause !== undefined || this.#closing.signal.aborted) return;
    this.#dialing = true;
    dial(this.#settings, this.#tls, this.#clock, this.#closing.signal).then(
      (dialed) => this.#connected(dialed),
      (error: unknown) => this.#failed(error),
    );
  }

  #connected(dialed: Dialed): void {
    if (this.#closing.signal.aborted) {
      dialed.socket.destroy();
      return;
    }
    // Its farewell may have come together with the greeting; dialing again at once would go on without end.
    if (dialed.session.closed || dialed.session.destroyed) {
      dialed.socket.destroy();
      this.#failed(new ConnectError(`cannot connect to ${this.#authority}: the server said goodbye at once`));
      return;
    }
    this.#dialing = false;
    this.#backoff.afterSuccess();
    if (this.#unreachable) this.#log.info('connected again', { endpoint: this.#authority });
    this.#unreachable = false;
    const live: Live = { ...dialed, active: 0, opened: 0, retired: false };
    this.#live = live;
    this.#watch(live);
    this.#serve();
  }

  #watch(live: Live): void {
    const { session, socket } = live;
    this.#sockets.add(socket);
    session.once('goaway', (code: number, _lastStream: number, data?: Uint8Array) => {
      this.#retire(live);
      if (complainsOfPings(code, data)) this.#pingFactor *= 2;
      this.#serve();
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#retire(live);
      this.#serve();
    });
    // The server may raise its limit of concurrent streams at any time.
    session.on('remoteSettings', () => this.#serve());
    const { http2_keepalive_interval, http2_keepalive_timeout, keep_alive_while_idle } = this.#settings;
    if (http2_keepalive_interval === null) return;
    const settings = {
      intervalMs: http2_keepalive_interval * this.#pingFactor,
      timeoutMs: http2_keepalive_timeout,
      whileIdle: keep_alive_while_idle,
    };
    keepAlive(live, this.#clock, settings, () => live.active === 0);
  }

  #failed(error: unknown): void {
    this.#dialing = false;
    if (this.#closing.signal.aborted) return;
    const failure =
      error instanceof ConnectError
        ? error
        : new ConnectError(`cannot connect to ${this.#authority}`, { cause: error });
    if (!this.#unreachable) this.#log.warn(`${failure.message}; trying again`);
    this.#unreachable = true;
    this.#pause = this.#clock.setTimeout(() => {
      this.#pause = undefined;
      this.#serve();
    }, this.#backoff.afterFailure());
    this.#waiters.failAll(failure);
  }
}
