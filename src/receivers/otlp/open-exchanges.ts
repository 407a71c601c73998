import { type Clock, Places } from '../../authoring.js';

/** Something that must be over at a point of the monotonic clock. */
export interface Expiring {
  /** Monotonic milliseconds. */
  readonly deadline: number;
  /** Where it stands among those that are watched, for whoever watches. */
  place: number;
  expire(): void;
}

/** How late an expiry may be noticed. */
const RESOLUTION_MS = 100;

/** Everything that has a deadline, watched with one timer between them, which stands while there is nothing. */
export class OpenExchanges<T extends Expiring> implements Iterable<T> {
  readonly #clock: Clock;
  readonly #open = new Places<T>();
  #watching = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(exchange: T): void {
    exchange.place = this.#open.add(exchange);
    if (!this.#watching) this.#watch();
  }

  delete(exchange: T): void {
    this.#open.remove(exchange.place, exchange);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#open[Symbol.iterator]();
  }

  #watch(): void {
    this.#watching = true;
    this.#clock.setTimeout(() => this.#sweep(), RESOLUTION_MS);
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const exchange of this.#open) {
      if (exchange.deadline > now) continue;
      this.#open.remove(exchange.place, exchange);
      exchange.expire();
    }
    if (this.#open.size > 0) this.#watch();
    else this.#watching = false;
  }
}
