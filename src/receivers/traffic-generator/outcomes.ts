import type { Completion, LogFields, Logger, Nack } from '../../authoring.js';

/** Follows what becomes of generated batches, counted in signals. */
export class Outcomes {
  readonly #logger: Logger;
  #delivered = 0;
  #refused = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A completion for a batch with this many signals. */
  follow(signals: number): Completion {
    return {
      ack: () => {
        this.#delivered += signals;
      },
      nack: (reason) => this.#refuse(signals, reason),
    };
  }

  fields(): LogFields {
    return { delivered: this.#delivered, refused: this.#refused };
  }

  /** Only the first refusal is logged: a backend that is down would otherwise fill the log. */
  #refuse(signals: number, reason: Nack): void {
    if (this.#refused === 0) this.#logger.warn('generated data was refused', { reason: reason.message });
    this.#refused += signals;
  }
}
