import type { Socket } from 'node:net';
import type { Clock } from '../../authoring.js';
import { ConnectionLoad, spreadAge } from './connection-age.js';
import type { HttpExchange } from './http-exchange.js';

/** A connection of HTTP/1.1. */
class HttpConnection {
  readonly load: ConnectionLoad;
  /** When it has reached its age, in the clock's milliseconds. */
  readonly until: number;
  /** The latest request, for what the parser reports of the connection alone. */
  latest: HttpExchange | undefined;
  requests = 0;
  /** Whether it was asked to end with its next answer. */
  retired = false;

  constructor(now: number, ageMs: number) {
    this.load = new ConnectionLoad(now);
    this.until = now + ageMs;
  }
}

/** The connections of an HTTP endpoint, and when they are told to go. */
export class HttpConnections {
  readonly #clock: Clock;
  readonly #maxAgeMs: number | null;
  readonly #open = new Map<Socket, HttpConnection>();

  /** @param maxAgeMs when connections end by themselves; `null` for never */
  constructor(clock: Clock, maxAgeMs: number | null) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  add(socket: Socket): void {
    const age = this.#maxAgeMs === null ? Number.POSITIVE_INFINITY : spreadAge(this.#maxAgeMs);
    this.#open.set(socket, new HttpConnection(this.#clock.now(), age));
    socket.once('close', () => this.#open.delete(socket));
  }

  /** A request begins. */
  began(socket: Socket, exchange: HttpExchange): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    connection.latest = exchange;
    connection.requests += 1;
  }

  /** The latest request of a connection. */
  latest(socket: Socket): HttpExchange | undefined {
    return this.#open.get(socket)?.latest;
  }

  /** Whether a connection ends with the answer that is being given on it. */
  isLeaving(socket: Socket): boolean {
    const connection = this.#open.get(socket);
    if (connection === undefined || connection.retired) return true;
    return this.#maxAgeMs !== null && this.#clock.now() >= connection.until;
  }

  /**
   * Has the connection end with its next answer that had the most requests recently, but none that is younger than a
   * second. Its client connects again, which may lead it elsewhere.
   *
   * @returns whether there was one
   */
  retireOne(): boolean {
    const now = this.#clock.now();
    let busiest: HttpConnection | undefined;
    let most = -1;
    for (const connection of this.#open.values()) {
      if (connection.retired || now >= connection.until) continue;
      const perMs = connection.load.perMs(connection.requests, now);
      if (perMs <= most) continue;
      busiest = connection;
      most = perMs;
    }
    if (busiest === undefined) return false;
    busiest.retired = true;
    return true;
  }
}
