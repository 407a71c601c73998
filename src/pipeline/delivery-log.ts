import type { Clock } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { Nack } from './nack.js';

/** How long a failure that goes on is kept quiet after it was told, in milliseconds. */
const QUIET_MS = 30_000;

/**
 * Tells an operator that an exporter fails, and when it delivers again, without a line for every message: at the
 * first failure, every 30 s while it goes on, and at the first success after a failure that was told.
 */
export class DeliveryLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #failedItems = 0;
  #toldAt: number | undefined;
  #failing = false;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** @param thrown what the exporter threw; shown whole when it is no nack, for then it is a defect */
  failed(items: number, reason: Nack, thrown: unknown = reason): void {
    this.#failedItems += items;
    const now = this.#clock.now();
    if (this.#toldAt !== undefined && now - this.#toldAt < QUIET_MS) return;
    this.#toldAt = now;
    this.#failing = true;
    this.#logger.warn('data could not be delivered; whoever waits for it is told', {
      reason: reason.message,
      retryable: !reason.permanent,
      items: this.#failedItems,
      ...(thrown === reason ? {} : { error: thrown }),
    });
    this.#failedItems = 0;
  }

  delivered(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#logger.info('data is delivered again', { itemsFailedMeanwhile: this.#failedItems });
    this.#failedItems = 0;
  }
}
