import type { ServerHttp2Session } from 'node:http2';
import type { Clock, Timer } from '../../authoring.js';

/** Pings every HTTP/2 session and closes those that stay silent. One timer for all of them. */
export class SessionKeepalive {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #sessions: ReadonlySet<ServerHttp2Session>;
  readonly #unanswered = new Set<ServerHttp2Session>();
  #timer: Timer | undefined;

  constructor(
    clock: Clock,
    sessions: ReadonlySet<ServerHttp2Session>,
    intervalMs: number,
    timeoutMs: number,
  ) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
  }

  start(): void {
    this.#timer = this.#clock.setTimeout(() => this.#ping(), this.#intervalMs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #ping(): void {
    for (const session of this.#sessions) {
      if (session.destroyed) continue;
      this.#unanswered.add(session);
      // A session that ends with the ping outstanding reports that here too; either way it is no longer silent.
      session.ping(() => this.#unanswered.delete(session));
    }
    this.#timer = this.#clock.setTimeout(() => this.#closeSilent(), this.#timeoutMs);
  }

  #closeSilent(): void {
    for (const session of this.#unanswered) session.destroy();
    this.#unanswered.clear();
    this.start();
  }
}
