import type { Clock, LogFields, Logger } from '../../authoring.js';

/** How often one warning is said at most. */
const QUIET_MS = 30_000;

/** A warning whose cause may come by the thousand: said at once, and then seldom, with how often it came. */
export class RepeatedWarning {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #message: string;
  readonly #fields: LogFields;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(log: Logger, clock: Clock, message: string, fields: LogFields) {
    this.#log = log;
    this.#clock = clock;
    this.#message = message;
    this.#fields = fields;
  }

  /** It happened. `requests` in the line counts how often since the line before, this one included. */
  report(): void {
    this.#count += 1;
    const now = this.#clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#log.warn(this.#message, { ...this.#fields, requests: this.#count });
    this.#count = 0;
  }
}
