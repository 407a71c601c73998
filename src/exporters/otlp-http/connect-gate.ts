import { type Clock, ConnectBackoff, type Logger, type Timer } from '../../authoring.js';
import { HeldBack, HttpFailure } from './http-failure.js';

/** Leave to send one request. Give it back when the request has ended, however it did. */
export interface Pass {
  release(): void;
}

interface Waiter {
  readonly grant: (pass: Pass) => void;
  readonly fail: (failure: HttpFailure) => void;
}

const OPEN: Pass = { release: () => {} };

/**
 * Holds requests to an origin that could not be reached until a pause is over; then one tries, and the others wait
 * for what comes of it. So a server that is down is not stormed, and a dead destination does not look like the
 * fastest one to whatever shares data out.
 */
export class ConnectGate {
  readonly #origin: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #backoff = new ConnectBackoff();
  readonly #waiters = new Set<Waiter>();
  /** Why the last attempt failed; `undefined` while the gate is open. */
  #reason: string | undefined;
  #pause: Timer | undefined;
  #probe: Pass | undefined;
  #closed = false;

  constructor(origin: string, clock: Clock, log: Logger) {
    this.#origin = origin;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Waits for leave to send a request.
   *
   * @throws HttpFailure when the attempt that was waited for failed
   * @throws HeldBack when `signal` aborts first
   */
  enter(signal: AbortSignal): Promise<Pass> {
    if (this.#reason === undefined || this.#closed) return Promise.resolve(OPEN);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiters.delete(waiter);
        reject(this.#heldBack());
      };
      const waiter: Waiter = {
        grant: (pass) => {
          signal.removeEventListener('abort', abort);
          resolve(pass);
        },
        fail: (failure) => {
          signal.removeEventListener('abort', abort);
          reject(failure);
        },
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      this.#letOneTry();
    });
  }

  /** A connection was made, or a response came. */
  reached(): void {
    if (this.#reason === undefined || this.#closed) return;
    this.#log.info('connected again', { endpoint: this.#origin });
    this.#reason = undefined;
    this.#probe = undefined;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#backoff.afterSuccess();
    for (const waiter of this.#takeWaiters()) waiter.grant(OPEN);
  }

  /** A connection could not be made. */
  failed(reason: string): void {
    // Several connections that were being made at the same time fail for one reason: that is one failure.
    if (this.#closed || this.#pause !== undefined) return;
    if (this.#reason === undefined) this.#log.warn(`${this.#origin}: ${reason}; trying again`);
    this.#reason = reason;
    this.#probe = undefined;
    this.#pause = this.#clock.setTimeout(() => {
      this.#pause = undefined;
      this.#letOneTry();
    }, this.#backoff.afterFailure());
    for (const waiter of this.#takeWaiters()) waiter.fail(new HttpFailure(reason));
  }

  close(): void {
    this.#closed = true;
    this.#pause?.cancel();
    for (const waiter of this.#takeWaiters()) waiter.fail(this.#heldBack());
  }

  #letOneTry(): void {
    if (this.#pause !== undefined || this.#probe !== undefined) return;
    const [first] = this.#waiters;
    if (first === undefined) return;
    this.#waiters.delete(first);
    const probe: Pass = {
      release: () => {
        if (this.#probe !== probe) return;
        // It was given up before anything was learned from it.
        this.#probe = undefined;
        this.#letOneTry();
      },
    };
    this.#probe = probe;
    first.grant(probe);
  }

  #takeWaiters(): readonly Waiter[] {
    const waiting = [...this.#waiters];
    this.#waiters.clear();
    return waiting;
  }

  #heldBack(): HeldBack {
    return new HeldBack(`the last attempt to connect failed: ${this.#reason ?? 'unknown'}`);
  }
}
