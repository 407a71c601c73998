import type { Completion, LogFields, Logger, Nack } from '../../authoring.js';

/** Follows what becomes of generated batches, counted in signals. */
export class Outcomes {
  readonly #logger: Logger;
  #delivered = 0;
  #refused = 0;
  #pending = 0;
  #settled: (() => void) | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** A completion for a batch with this many signals. */
  follow(signals: number): Completion {
    this.#pending += signals;
    return {
      ack: () => {
        this.#delivered += signals;
        this.#settle(signals);
      },
      nack: (reason) => {
        this.#refuse(signals, reason);
        this.#settle(signals);
      },
    };
  }

  /** Resolves when every batch has an outcome, or `signal` aborts. */
  async settled(signal: AbortSignal): Promise<void> {
    if (this.#pending === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#settled = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }

  fields(): LogFields {
    return { delivered: this.#delivered, refused: this.#refused, pending: this.#pending };
  }

  /** Only the first refusal is logged: a backend that is down would otherwise fill the log. */
  #refuse(signals: number, reason: Nack): void {
    if (this.#refused === 0) this.#logger.warn('generated data was refused', { reason: reason.message });
    this.#refused += signals;
  }

  #settle(signals: number): void {
    this.#pending -= signals;
    if (this.#pending === 0) this.#settled?.();
  }
}
