import { ConnectBackoff } from './connect-backoff.js';
import { Waiters } from './waiters.js';

/** The longest that a server is left alone because it asks for it; one that asks for more may be mistaken. */
const LONGEST_ASKED_MS = 300_000;

/** So many calls in turn without success are a server that is not well; a single one may have met a connection's end. */
const FAILURES_IN_TURN = 2;

interface GateTimer {
  cancel(): void;
}

/** The part of the clock that a gate needs. */
interface GateClock {
  setTimeout(callback: () => void, delayMs: number): GateTimer;
}

/** The part of the log that a gate needs. */
interface GateLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string): void;
}

/** The call was not made: the one that it waited for had no success, or it was given up while it waited. */
export class HeldBack extends Error {
  override readonly name = 'HeldBack';
  /** How long the server wants to be left alone, in milliseconds; `undefined` when it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Leave to make one call. Say what came of it, and release it when the call has ended, however it did. */
export class Pass {
  /** How many calls had been answered when this was given. */
  readonly since: number;
  readonly #gate: ServerGate;

  constructor(gate: ServerGate, since: number) {
    this.#gate = gate;
    this.since = since;
  }

  /** The server answered, and did not ask for the same again later. */
  answered(): void {
    this.#gate.answered();
  }

  /**
   * The call is worth making again later.
   *
   * @param reason why, for the log
   * @param askedMs how long the server wants to be left alone, in milliseconds; `undefined` when it did not say
   */
  refused(reason: string, askedMs?: number): void {
    this.#gate.refused(this, reason, askedMs);
  }

  /**
   * There was no connection for the call. Connections that have pauses of their own hold calls themselves, so that this
   * counts only when the call was to try whether the server is well again.
   */
  unconnected(reason: string): void {
    this.#gate.unconnected(this, reason);
  }

  /** Gives it back. By itself it says nothing of the server. */
  release(): void {
    this.#gate.released(this);
  }
}

/**
 * Holds calls to a server that could not be reached, or answers no call but with "later", until a pause is over; then
 * one call tries, and the others wait for what comes of it. So a server that is down or overwhelmed is not stormed
 * (OTLP specification, "Throttling"), and a destination that fails fast does not look like the fastest one to whatever
 * shares data out.
 *
 * A server of which others had an answer meanwhile is not held for one call: behind a name may be many, one of them ill.
 */
export class ServerGate {
  readonly #where: string;
  readonly #clock: GateClock;
  readonly #log: GateLog;
  readonly #backoff = new ConnectBackoff();
  readonly #waiters = new Waiters<Pass>();
  /** How many calls were answered. */
  #answers = 0;
  /** How many had no success since the last answer, while the gate was open. */
  #failures = 0;
  /** Why the last attempt failed; `undefined` while the gate is open. */
  #reason: string | undefined;
  #pause: GateTimer | undefined;
  #probe: Pass | undefined;
  #closed = false;

  /** @param where the server, for the log */
  constructor(where: string, clock: GateClock, log: GateLog) {
    this.#where = where;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Waits for leave to make a call; as a rule there is nothing to wait for, and no promise.
   *
   * @param call its signal ends the wait
   * @throws HeldBack when the call that was waited for had no success, or the signal aborts first
   */
  enter(call: { readonly signal: AbortSignal }): Pass | Promise<Pass> {
    if (this.#reason === undefined || this.#closed) return this.#pass();
    const pass = this.#waiters.wait(call.signal, () => this.#heldBack());
    this.#letOneTry();
    return pass;
  }

  /** For a pass: its call was answered. */
  answered(): void {
    this.#answers += 1;
    this.#failures = 0;
    if (this.#reason === undefined || this.#closed) return;
    this.#log.info('the server answers again', { endpoint: this.#where });
    this.#reason = undefined;
    this.#probe = undefined;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#backoff.afterSuccess();
    this.#waiters.grantAll(() => this.#pass());
  }

  /** For a pass: its call is worth making again later. */
  refused(pass: Pass, reason: string, askedMs: number | undefined): void {
    if (this.#reason === undefined) {
      if (this.#answers !== pass.since) return;
      this.#failures += 1;
      if (askedMs === undefined && this.#failures < FAILURES_IN_TURN) return;
    } else if (pass !== this.#probe) {
      // Once calls are held, only the one that tries has something new to say.
      return;
    }
    this.#shut(reason, askedMs);
  }

  /** For a pass: there was no connection for its call. */
  unconnected(pass: Pass, reason: string): void {
    if (pass === this.#probe) this.#shut(reason, undefined);
  }

  /** For a pass that is given back. */
  released(pass: Pass): void {
    if (pass !== this.#probe) return;
    // It was given up before anything was learned from it.
    this.#probe = undefined;
    this.#letOneTry();
  }

  /** A connection could not be made. */
  unreachable(reason: string): void {
    // Several connections that were being made at the same time fail for one reason: that is one failure.
    if (this.#pause === undefined) this.#shut(reason, undefined);
  }

  /** Lets nobody wait any more. */
  close(): void {
    this.#closed = true;
    this.#pause?.cancel();
    this.#waiters.failAll(this.#heldBack());
  }

  #pass(): Pass {
    return new Pass(this, this.#answers);
  }

  #shut(reason: string, askedMs: number | undefined): void {
    if (this.#closed) return;
    const asked = askedMs === undefined ? 0 : Math.min(askedMs, LONGEST_ASKED_MS);
    if (this.#reason === undefined) {
      const until = asked === 0 ? '' : ` in ${Math.ceil(asked / 1_000)} s, as it asks`;
      this.#log.warn(`${this.#where}: ${reason}; trying again${until}`);
    }
    this.#reason = reason;
    this.#probe = undefined;
    this.#pause = this.#clock.setTimeout(
      () => {
        this.#pause = undefined;
        this.#letOneTry();
      },
      Math.max(asked, this.#backoff.afterFailure()),
    );
    this.#waiters.failAll(new HeldBack(reason, askedMs));
  }

  #letOneTry(): void {
    if (this.#pause !== undefined || this.#probe !== undefined) return;
    this.#waiters.grantFirst(() => {
      this.#probe = this.#pass();
      return this.#probe;
    });
  }

  #heldBack(): HeldBack {
    return new HeldBack(`the last attempt failed: ${this.#reason ?? 'unknown'}`);
  }
}
