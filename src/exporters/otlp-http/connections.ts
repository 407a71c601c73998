import { Agent, buildConnector, type Dispatcher, errors, Pool } from 'undici';
import {
  AbandonableClient,
  FollowedClientTls,
  type HttpConnectionPool,
  type Logger,
} from '../../authoring.js';
import type { OtlpHttpExporterSettings } from './config.js';

/** Told of attempts to connect that fail, with the origin. */
export interface ConnectListener {
  failed(origin: string, error: Error): void;
}

/** What requests are sent on. */
export interface Connections {
  /**
   * What to send the next request with, at once.
   *
   * @throws TraitError when a shared pool has stopped
   */
  dispatcher(): Dispatcher;
  close(): Promise<void>;
}

/** How long an unused connection is kept when the server does not say; shorter than most servers keep theirs. */
const KEPT_OPEN_MS = 30_000;

/** A fixed number of undici agents, used in turn. */
export class OwnConnections implements Connections {
  readonly #agents: readonly Agent[];
  #turn = 0;

  constructor(settings: OtlpHttpExporterSettings, listener: ConnectListener, log: Logger) {
    const tls = new FollowedClientTls(settings.http.tls, log, settings.endpoint.host);
    this.#agents = Array.from({ length: settings.client_pool_size }, () => {
      const agent = makeAgent(settings, tls);
      listen(agent, listener);
      return agent;
    });
  }

  dispatcher(): Dispatcher {
    return this.#agents[this.#turn++ % this.#agents.length] as Agent;
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.destroy(new errors.ClientDestroyedError())));
  }
}

/** The connections of a pool, which others send on too. It is asked for each request, for it can be replaced. */
export class SharedConnections implements Connections {
  readonly #pool: HttpConnectionPool;
  readonly #listener: ConnectListener;
  #dispatcher: Dispatcher | undefined;
  #stopListening: () => void = () => {};

  constructor(pool: HttpConnectionPool, listener: ConnectListener) {
    this.#pool = pool;
    this.#listener = listener;
  }

  dispatcher(): Dispatcher {
    const current = this.#pool.dispatcher();
    if (current !== this.#dispatcher) {
      this.#stopListening();
      this.#stopListening = listen(current, this.#listener);
      this.#dispatcher = current;
    }
    return current;
  }

  /** The pool is its extension's to close. */
  async close(): Promise<void> {
    this.#stopListening();
  }
}

/** @returns what ends it */
function listen(dispatcher: Dispatcher, listener: ConnectListener): () => void {
  const failed = ({ origin }: URL, _targets: readonly Dispatcher[], error: Error): void =>
    listener.failed(origin, error);
  dispatcher.on('connectionError', failed);
  return () => dispatcher.off('connectionError', failed);
}

function makeAgent(settings: OtlpHttpExporterSettings, followed: FollowedClientTls): Agent {
  const { http } = settings;
  const options = {
    timeout: http.connect_timeout,
    noDelay: http.tcp_nodelay,
    keepAlive: http.tcp_keepalive !== null,
    ...(http.tcp_keepalive === null ? {} : { keepAliveInitialDelay: http.tcp_keepalive }),
  };
  const plain = buildConnector(options);
  const connections = Math.min(settings.max_in_flight, http.concurrency_limit);
  return new Agent({
    keepAliveTimeout: KEPT_OPEN_MS,
    // A pool even for one connection: a lone client would connect for requests that nobody waits for.
    factory: (origin, ofAgent) =>
      new Pool(origin, {
        ...ofAgent,
        connections,
        factory: (server, ofPool) => new AbandonableClient(server, ofPool),
      }),
    connect: (target, callback) => {
      if (target.protocol !== 'https:') {
        plain(target, callback);
        return;
      }
      // Loaded for every connection, so that renewed certificates are used without a restart.
      followed.load().then(
        (tls) => buildConnector({ ...options, ...tls })(target, callback),
        (error: Error) => callback(error, null),
      );
    },
  });
}
