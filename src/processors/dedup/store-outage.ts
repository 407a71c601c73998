import { type Clock, type Logger, reasonOf } from '../../authoring.js';

/** How long a failure that goes on is kept quiet after it was told, in milliseconds. */
const QUIET_MS = 30_000;

const consequences = {
  pass: 'records pass unless memory knows them',
  nack: 'whoever sends records is told to try again',
} as const;

/** Tells an operator that the store fails and when it serves again, without a line for every request. */
export class StoreOutage {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #consequence: string;
  #failing = false;
  #toldAt: number | undefined;

  constructor(logger: Logger, clock: Clock, policy: keyof typeof consequences) {
    this.#logger = logger;
    this.#clock = clock;
    this.#consequence = consequences[policy];
  }

  failed(error: unknown): void {
    this.#failing = true;
    const now = this.#clock.now();
    if (this.#toldAt !== undefined && now - this.#toldAt < QUIET_MS) return;
    this.#toldAt = now;
    this.#logger.warn(`the store of delivered records fails; ${this.#consequence}`, {
      reason: reasonOf(error),
    });
  }

  ended(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#logger.info('the store of delivered records serves again');
  }
}
