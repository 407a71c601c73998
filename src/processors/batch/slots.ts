import type { Completion } from '../../authoring.js';

/** A fixed number of places. Who finds none waits in line, which is how a limit becomes back-pressure. */
export class Slots {
  readonly #limit: number;
  readonly #released: () => void;
  readonly #line: (() => void)[] = [];
  #taken = 0;

  /** @param released called after a place was given back and its outcome passed on */
  constructor(limit: number, released: () => void = () => {}) {
    this.#limit = limit;
    this.#released = released;
  }

  get unused(): boolean {
    return this.#taken === 0;
  }

  get exhausted(): boolean {
    return this.#taken >= this.#limit;
  }

  /** Takes a place, waiting for one if need be. `false`: `signal` aborted first, and none was taken. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (!this.exhausted) {
      this.#taken += 1;
      return true;
    }
    if (signal.aborted) return false;
    return new Promise<boolean>((resolve) => {
      const giveUp = (): void => {
        this.#line.splice(this.#line.indexOf(admit), 1);
        resolve(false);
      };
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#line.push(admit);
    });
  }

  /** A completion that passes its outcome on and gives back the place that was taken for it. */
  releasedBy(completion: Completion): Completion {
    let reported = false;
    const report = (outcome: () => void): void => {
      if (reported) return;
      reported = true;
      this.#release();
      outcome();
      this.#released();
    };
    return {
      ack: () => report(() => completion.ack()),
      nack: (reason) => report(() => completion.nack(reason)),
    };
  }

  /** The place goes straight to the first in line, so that a newcomer cannot overtake. */
  #release(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
