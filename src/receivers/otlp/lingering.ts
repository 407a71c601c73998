import type { EventEmitter } from 'node:events';
import type { Clock } from '../../authoring.js';
import { type Expiring, OpenExchanges } from './open-exchanges.js';

/** How long a client is listened to after an answer that did not wait for its whole request. */
const LINGER_MS = 2_000;

/** Connections that have their answer and whose client may still be sending; what it sends is forgotten. */
export class Lingering {
  readonly #clock: Clock;
  readonly #open: OpenExchanges<Expiring>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#open = new OpenExchanges(clock);
  }

  /** Calls `end` when the request or socket has ended or broken off, or the time is over. */
  add(incoming: EventEmitter, end: () => void): void {
    const lingering = { deadline: this.#clock.now() + LINGER_MS, place: 0, expire: end };
    const done = (): void => {
      this.#open.delete(lingering);
      end();
    };
    incoming.once('end', done);
    incoming.once('close', done);
    this.#open.add(lingering);
  }
}
