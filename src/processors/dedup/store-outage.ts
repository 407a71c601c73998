import { type Clock, type Logger, reasonOf } from '../../authoring.js';

/** How long a failure that goes on is kept quiet after it was told, in milliseconds. */
const QUIET_MS = 30_000;

/** So many different failures are told within that time. */
const MOST_TOLD = 8;

/** What the store is used for. Each may fail while the others work: a full disk can still be read. */
export type StoreUse = 'asking' | 'writing' | 'sweeping';

const consequences = {
  pass: 'records pass unless memory knows them',
  nack: 'whoever sends records is told to try again',
} as const;

/** Tells an operator that the store fails and when it serves again, without a line for every request. */
export class StoreOutage {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #consequences: Readonly<Record<StoreUse, string>>;
  readonly #failing = new Set<StoreUse>();
  /** When each failure was told, in monotonic milliseconds. */
  readonly #toldAt = new Map<string, number>();
  /** Whether anything was told of the outage that goes on. */
  #told = false;
  #forgotten = 0;

  constructor(logger: Logger, clock: Clock, policy: keyof typeof consequences) {
    this.#logger = logger;
    this.#clock = clock;
    this.#consequences = {
      asking: consequences[policy],
      writing: 'what is delivered is remembered in memory alone',
      sweeping: 'what has expired stays in it for now',
    };
  }

  /** @param forgotten how many delivered records are not in the store because of it */
  failed(use: StoreUse, error: unknown, forgotten = 0): void {
    this.#forgotten += forgotten;
    // A store that cannot be asked is told as that, whatever else fails too.
    const covered = use !== 'asking' && this.#failing.has('asking');
    this.#failing.add(use);
    const reason = reasonOf(error);
    if (covered || this.#isQuiet(`${use}: ${reason}`)) return;
    this.#told = true;
    this.#logger.warn(`the store of delivered records fails; ${this.#consequences[use]}`, { reason });
  }

  /** One use of the store succeeded. The outage ends when all do that failed. */
  worked(use: StoreUse): void {
    if (!this.#failing.delete(use) || this.#failing.size > 0 || !this.#told) return;
    this.#told = false;
    this.#logger.info('the store of delivered records serves again', { not_remembered: this.#forgotten });
    this.#forgotten = 0;
  }

  /** Says at the end how many records the next run will not know. */
  close(): void {
    if (this.#forgotten === 0) return;
    this.#logger.warn('delivered records are not in the store; repeats of them pass after a restart', {
      records: this.#forgotten,
    });
    this.#forgotten = 0;
  }

  #isQuiet(failure: string): boolean {
    const now = this.#clock.now();
    for (const [told, at] of this.#toldAt) if (now - at >= QUIET_MS) this.#toldAt.delete(told);
    if (this.#toldAt.has(failure) || this.#toldAt.size >= MOST_TOLD) return true;
    this.#toldAt.set(failure, now);
    return false;
  }
}
