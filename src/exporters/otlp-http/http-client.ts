import { Agent, buildConnector, type Dispatcher, errors } from 'undici';
import { type Clock, connectionReason, type Logger, loadClientTls } from '../../authoring.js';
import type { OtlpHttpExporterSettings } from './config.js';
import { ConnectGate } from './connect-gate.js';
import type { HttpEndpoint } from './http-endpoint.js';
import { HttpFailure } from './http-failure.js';

/** A response, as far as it was read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** Whether `body` is all of it. */
  readonly complete: boolean;
}

/** How long an unused connection is kept when the server does not say; shorter than most servers keep theirs. */
const KEPT_OPEN_MS = 30_000;

/**
 * Posts requests with a fixed number of undici agents, which it uses in turn. An origin that could not be reached is
 * left alone for a while.
 */
export class HttpClient {
  readonly #agents: readonly Agent[];
  readonly #limitBytes: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #gates = new Map<string, ConnectGate>();
  #turn = 0;

  constructor(settings: OtlpHttpExporterSettings, clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
    this.#limitBytes = settings.max_response_body_length;
    this.#agents = Array.from({ length: settings.client_pool_size }, () => {
      const agent = makeAgent(settings);
      agent.on('connect', (origin) => this.#gate(origin.origin).reached());
      agent.on('connectionError', (origin, _targets, error) =>
        this.#gate(origin.origin).failed(connectionReason(error)),
      );
      return agent;
    });
  }

  /**
   * Posts a body. A redirect is an answer like any other: it is not followed.
   *
   * @throws HttpFailure when no response came
   * @throws HeldBack when `signal` aborts while the origin is left alone
   */
  async post(
    endpoint: HttpEndpoint,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const gate = this.#gate(endpoint.origin);
    const pass = await gate.enter(signal);
    const agent = this.#agents[this.#turn++ % this.#agents.length] as Agent;
    let response: Dispatcher.ResponseData;
    try {
      response = await agent.request({
        origin: endpoint.origin,
        path: endpoint.path,
        method: 'POST',
        headers,
        body,
        signal,
        // The limits of a call are the caller's, by its signal.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    } catch (cause) {
      throw new HttpFailure(connectionReason(cause), { cause });
    } finally {
      pass.release();
    }
    gate.reached();
    const { statusCode: status, headers: received } = response;
    return { status, headers: received, ...(await readUpTo(this.#limitBytes, response.body)) };
  }

  async close(): Promise<void> {
    for (const gate of this.#gates.values()) gate.close();
    await Promise.all(this.#agents.map((agent) => agent.destroy(new errors.ClientDestroyedError())));
  }

  #gate(origin: string): ConnectGate {
    let gate = this.#gates.get(origin);
    if (gate === undefined) {
      gate = new ConnectGate(origin, this.#clock, this.#log);
      this.#gates.set(origin, gate);
    }
    return gate;
  }
}

async function readUpTo(
  limitBytes: number,
  source: AsyncIterable<Uint8Array>,
): Promise<Pick<HttpAnswer, 'body' | 'complete'>> {
  const chunks: Uint8Array[] = [];
  let room = limitBytes;
  let complete = true;
  try {
    for await (const chunk of source) {
      chunks.push(chunk.byteLength > room ? chunk.subarray(0, room) : chunk);
      complete = chunk.byteLength <= room;
      room -= chunk.byteLength;
      if (!complete) break;
    }
  } catch {
    // The status has come and decides; of the rest there is what there is.
    complete = false;
  }
  return { body: Buffer.concat(chunks), complete };
}

function makeAgent(settings: OtlpHttpExporterSettings): Agent {
  const { http } = settings;
  const options = {
    timeout: http.connect_timeout,
    noDelay: http.tcp_nodelay,
    keepAlive: http.tcp_keepalive !== null,
    ...(http.tcp_keepalive === null ? {} : { keepAliveInitialDelay: http.tcp_keepalive }),
  };
  const plain = buildConnector(options);
  return new Agent({
    connections: Math.min(settings.max_in_flight, http.concurrency_limit),
    keepAliveTimeout: KEPT_OPEN_MS,
    connect: (target, callback) => {
      if (target.protocol !== 'https:') {
        plain(target, callback);
        return;
      }
      // Loaded for every connection, so that renewed certificates are used without a restart.
      loadClientTls(http.tls).then(
        (tls) => buildConnector({ ...options, ...tls })(target, callback),
        (error: Error) => callback(error, null),
      );
    },
  });
}
