import type { Completion, Nack } from '../../authoring.js';

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

  /** Takes a place if there is one. */
  tryTake(): boolean {
    if (this.exhausted) return false;
    this.#taken += 1;
    return true;
  }

  /** Takes a place, waiting for one if need be. `false`: `signal` aborted first, and none was taken. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (this.tryTake()) return true;
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
    return new PlaceHolder(completion, this);
  }

  /** Gives back a place, which goes straight to the first in line, so that a newcomer cannot overtake. */
  release(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }

  /** A place was given back and its outcome passed on. */
  released(): void {
    this.#released();
  }
}

/** One object a message, and no closures. */
class PlaceHolder implements Completion {
  /** `undefined` once the outcome was reported. */
  #completion: Completion | undefined;
  readonly #slots: Slots;

  constructor(completion: Completion, slots: Slots) {
    this.#completion = completion;
    this.#slots = slots;
  }

  ack(): void {
    const completion = this.#leave();
    if (completion === undefined) return;
    completion.ack();
    this.#slots.released();
  }

  nack(reason: Nack): void {
    const completion = this.#leave();
    if (completion === undefined) return;
    completion.nack(reason);
    this.#slots.released();
  }

  /** Gives back the place before anybody hears of the outcome. @returns who is to hear of it, the first time */
  #leave(): Completion | undefined {
    const completion = this.#completion;
    if (completion === undefined) return undefined;
    this.#completion = undefined;
    this.#slots.release();
    return completion;
  }
}
