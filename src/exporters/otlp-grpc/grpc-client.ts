import type { OutgoingHttpHeaders } from 'node:http2';
import type { CallLimit, Clock, Logger } from '../../authoring.js';
import type { OtlpGrpcExporterSettings } from './config.js';
import { Connection } from './connection.js';
import { type CallOutcome, unaryCall } from './unary-call.js';

/** Makes unary calls over a fixed number of connections, which it uses in turn. */
export class GrpcClient {
  readonly #connections: readonly Connection[];
  #turn = 0;

  constructor(settings: OtlpGrpcExporterSettings, clock: Clock, log: Logger) {
    this.#connections = Array.from(
      { length: settings.num_connections },
      () => new Connection(settings, clock, log),
    );
  }

  /**
   * Makes a call as soon as the connection whose turn it is has room.
   *
   * @param headers builds the request headers when the call begins, so that they can say how much time is left
   * @throws ConnectError when there is no connection
   * @throws LeaseAborted when the limit ends before there is one
   */
  async call(
    headers: () => OutgoingHttpHeaders,
    body: readonly Uint8Array[],
    limit: CallLimit,
  ): Promise<CallOutcome> {
    const connection = this.#connections[this.#turn++ % this.#connections.length] as Connection;
    const lease = await connection.lease(limit.signal);
    try {
      return await unaryCall(lease.session, headers(), body, limit.signal);
    } finally {
      lease.release();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}
