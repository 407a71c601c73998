import type { Dispatcher } from 'undici';
import {
  abortable,
  type CallLimit,
  type Clock,
  connectionReason,
  type HttpConnectionPool,
  type Logger,
  type Pass,
  ServerGate,
} from '../../authoring.js';
import type { OtlpHttpExporterSettings } from './config.js';
import { type Connections, type ConnectListener, OwnConnections, SharedConnections } from './connections.js';
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

/** Posts requests on connections of its own or of a shared pool, and keeps a gate before each origin. */
export class HttpClient {
  readonly #connections: Connections;
  readonly #limitBytes: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #gates = new Map<string, ServerGate>();

  /** @param pool whose connections are used in place of own ones */
  constructor(
    settings: OtlpHttpExporterSettings,
    clock: Clock,
    log: Logger,
    pool: HttpConnectionPool | undefined,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#limitBytes = settings.max_response_body_length;
    // Others that share a pool connect to other servers too, which are no concern here.
    const listener: ConnectListener = {
      failed: (origin, error) => this.#gates.get(origin)?.unreachable(connectionReason(error)),
    };
    this.#connections =
      pool === undefined
        ? new OwnConnections(settings, listener, log)
        : new SharedConnections(pool, listener);
  }

  /**
   * Waits for leave to post to an endpoint.
   *
   * @throws HeldBack when the origin is left alone
   */
  enter({ origin }: HttpEndpoint, limit: CallLimit): Pass | Promise<Pass> {
    return this.#gate(origin).enter(limit);
  }

  /**
   * Posts a body. A redirect is an answer like any other: it is not followed.
   *
   * @throws HttpFailure when no response came
   */
  async post(
    endpoint: HttpEndpoint,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    let response: Dispatcher.ResponseData;
    try {
      const asked = this.#connections.dispatcher().request({
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
      // undici heeds the signal only once the request is on a connection.
      response = await abortable(signal, asked);
    } catch (cause) {
      throw new HttpFailure(connectionReason(cause), { cause });
    }
    const { statusCode: status, headers: received } = response;
    return { status, headers: received, ...(await readUpTo(this.#limitBytes, response.body)) };
  }

  async close(): Promise<void> {
    for (const gate of this.#gates.values()) gate.close();
    await this.#connections.close();
  }

  #gate(origin: string): ServerGate {
    let gate = this.#gates.get(origin);
    if (gate === undefined) {
      gate = new ServerGate(origin, this.#clock, this.#log);
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
