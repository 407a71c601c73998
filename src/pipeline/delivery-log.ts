import type { Clock, Timer } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { Nack } from './nack.js';

/** How long failures are only counted after some were told, in milliseconds. */
const QUIET_MS = 30_000;

interface Failure {
  readonly reason: Nack;
  readonly thrown: unknown;
}

/**
 * Tells an operator that an exporter fails, and when it delivers again, without a line for every message: at the
 * first failure, every 30 s while it goes on, and at the first success after a failure that was told. Every failure is
 * counted in exactly one line, so that the lines add up to what was lost, be it lost in the quiet time or just before
 * the end.
 */
export class DeliveryLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** What failed and is in no line yet. */
  #items = 0;
  #messages = 0;
  #latest: Failure | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Set while something waits for the end of the quiet time. */
  #timer: Timer | undefined;
  /** Whether the last line says that data could not be delivered. */
  #failing = false;
  /** Whether the last message was delivered. */
  #delivers = true;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * A message could not be delivered, or a part of it.
   *
   * @param items how many; 0 when it held nothing that is counted
   * @param thrown what the exporter threw; shown whole when it is no nack, for then it is a defect
   */
  failed(items: number, reason: Nack, thrown: unknown = reason): void {
    this.#items += items;
    this.#messages += 1;
    this.#latest = { reason, thrown };
    this.#delivers = false;
    if (this.#timer !== undefined) return;
    const quiet = this.#toldAt + QUIET_MS - this.#clock.now();
    if (quiet <= 0) this.#tellFailures();
    else this.#timer = this.#clock.setTimeout(() => this.#tellFailures(), quiet);
  }

  delivered(): void {
    this.#delivers = true;
    if (this.#failing) this.#tellRecovery();
  }

  /** Nothing more will come for now: tells what was not told yet. */
  close(): void {
    this.#tellFailures();
  }

  #tellFailures(): void {
    if (this.#latest === undefined) return;
    const { reason, thrown } = this.#latest;
    this.#toldAt = this.#clock.now();
    this.#failing = true;
    this.#logger.warn('data could not be delivered; whoever waits for it is told', {
      reason: reason.message,
      retryable: !reason.permanent,
      items: this.#items,
      messages: this.#messages,
      ...(thrown === reason ? {} : { error: thrown }),
    });
    this.#forget();
    // It may deliver again since before this line was due.
    if (this.#delivers) this.#tellRecovery();
  }

  #tellRecovery(): void {
    this.#failing = false;
    this.#logger.info('data is delivered again', {
      itemsFailedMeanwhile: this.#items,
      messagesFailedMeanwhile: this.#messages,
    });
    this.#forget();
  }

  #forget(): void {
    this.#items = 0;
    this.#messages = 0;
    this.#latest = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
