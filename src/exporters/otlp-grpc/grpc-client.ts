import type { OutgoingHttpHeaders } from 'node:http2';
import {
  type CallLimit,
  type Clock,
  FollowedClientTls,
  grpcStatusName,
  isRetryableGrpcStatus,
  type Logger,
  type Pass,
  ServerGate,
} from '../../authoring.js';
import type { OtlpGrpcExporterSettings } from './config.js';
import { Connection } from './connection.js';
import { ConnectError } from './dial.js';
import { type CallOutcome, unaryCall } from './unary-call.js';

/**
 * How often a call is made again that no server looked at. One refusal is what a connection that ends costs (gRPC
 * proposal A6); a server that refuses everything is not stormed.
 */
const TRANSPARENT_RETRIES = 3;

/**
 * Makes unary calls over a fixed number of connections, which it uses in turn, and holds them while the server answers
 * none but with "later".
 */
export class GrpcClient {
  readonly #connections: readonly Connection[];
  readonly #gate: ServerGate;
  #turn = 0;

  constructor(settings: OtlpGrpcExporterSettings, clock: Clock, log: Logger) {
    const { authority } = settings.grpc_endpoint;
    const tls = new FollowedClientTls(settings.tls, log, authority);
    this.#gate = new ServerGate(authority, clock, log);
    this.#connections = Array.from(
      { length: settings.num_connections },
      () => new Connection(settings, tls, clock, log),
    );
  }

  /**
   * Makes a call as soon as the connection whose turn it is has room. A call that meets the end of a connection, so that
   * the server never looked at it, is made again.
   *
   * @param headers builds the request headers when the call begins, so that they can say how much time is left
   * @throws HeldBack when the server is left alone
   * @throws ConnectError when there is no connection
   * @throws LeaseAborted when the limit ends before there is one
   */
  async call(
    headers: () => OutgoingHttpHeaders,
    body: readonly Uint8Array[],
    limit: CallLimit,
  ): Promise<CallOutcome> {
    const entered = this.#gate.enter(limit);
    // As a rule there is nothing to wait for.
    const pass = entered instanceof Promise ? await entered : entered;
    try {
      const outcome = await this.#callUntilSeen(headers, body, limit);
      if (limit.ended === undefined) tell(pass, outcome);
      return outcome;
    } catch (error) {
      if (error instanceof ConnectError) pass.unconnected(error.message);
      throw error;
    } finally {
      pass.release();
    }
  }

  async close(): Promise<void> {
    this.#gate.close();
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  async #callUntilSeen(
    headers: () => OutgoingHttpHeaders,
    body: readonly Uint8Array[],
    limit: CallLimit,
  ): Promise<CallOutcome> {
    for (let retries = 0; ; retries++) {
      const connection = this.#connections[this.#turn++ % this.#connections.length] as Connection;
      const lease = await connection.lease(limit);
      let outcome: CallOutcome;
      try {
        outcome = await unaryCall(lease.session, headers(), body, limit);
      } finally {
        lease.release();
      }
      if (outcome.unprocessed === undefined || retries === TRANSPARENT_RETRIES) return outcome;
    }
  }
}

function tell(pass: Pass, { code, retryDelayMs }: CallOutcome): void {
  // A token that was refused is the provider's to renew: the server itself is well.
  const context = { hasRetryInfo: retryDelayMs !== undefined, tokenBound: false };
  if (isRetryableGrpcStatus(code, context)) pass.refused(grpcStatusName(code), retryDelayMs);
  else pass.answered();
}
