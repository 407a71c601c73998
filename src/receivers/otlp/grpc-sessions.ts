import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '../../authoring.js';
import { ConnectionLoad, spreadAge } from './connection-age.js';
import { sayGoodbye } from './session-goodbye.js';

/** When connections end by themselves; `null` for never, and for as long as the calls take. */
export interface AgeLimits {
  readonly maxAgeMs: number | null;
  readonly graceMs: number | null;
}

/** The sessions of a gRPC endpoint, and when they are told to go. */
export class GrpcSessions {
  readonly #clock: Clock;
  readonly #limits: AgeLimits;
  readonly #leaving: (session: ServerHttp2Session) => void;
  readonly #open = new Set<ServerHttp2Session>();
  /** Those that have not been told to go. */
  readonly #staying = new Map<ServerHttp2Session, ConnectionLoad>();

  /** @param leaving is told of each session that is asked to go */
  constructor(clock: Clock, limits: AgeLimits, leaving: (session: ServerHttp2Session) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#leaving = leaving;
  }

  /** All that are open, those that were told to go among them. */
  get open(): ReadonlySet<ServerHttp2Session> {
    return this.#open;
  }

  /** Whether the session of a stream has been told to go. */
  isLeaving({ session }: ServerHttp2Stream): boolean {
    // The typings do not say that the session of a server's stream is a server's.
    return !this.#staying.has(session as ServerHttp2Session);
  }

  add(session: ServerHttp2Session): void {
    this.#open.add(session);
    this.#staying.set(session, new ConnectionLoad(this.#clock.now()));
    const { maxAgeMs, graceMs } = this.#limits;
    const age =
      maxAgeMs === null
        ? undefined
        : this.#clock.setTimeout(() => this.#retire(session, graceMs), spreadAge(maxAgeMs));
    session.once('close', () => {
      age?.cancel();
      this.#open.delete(session);
      this.#staying.delete(session);
    });
  }

  /**
   * Asks the session to go that had the most calls recently, but none that is younger than a second. Its client
   * connects again, which may lead it elsewhere.
   *
   * @returns whether there was one
   */
  retireOne(): boolean {
    const now = this.#clock.now();
    let busiest: ServerHttp2Session | undefined;
    let most = -1;
    for (const [session, load] of this.#staying) {
      if (session.closed || session.destroyed) continue;
      const perMs = load.perMs(callsOn(session), now);
      if (perMs <= most) continue;
      busiest = session;
      most = perMs;
    }
    if (busiest === undefined) return false;
    this.#retire(busiest, this.#limits.graceMs);
    return true;
  }

  /** Asks all to go when their calls have been answered, however long that takes. */
  retireAll(): void {
    for (const session of [...this.#staying.keys()]) this.#retire(session, null);
  }

  destroyAll(): void {
    for (const session of this.#open) session.destroy();
  }

  #retire(session: ServerHttp2Session, graceMs: number | null): void {
    if (!this.#staying.delete(session)) return;
    this.#leaving(session);
    sayGoodbye(session, this.#clock, graceMs);
  }
}

/** How many streams the client has opened: every second number is one of its. */
function callsOn(session: ServerHttp2Session): number {
  return ((session.state.lastProcStreamID ?? 0) + 1) / 2;
}
