import { type Clock, DeadlineExceeded } from '../../authoring.js';

/** Waits for answers, but not without end: while one is overdue, nothing more is asked. */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #overdue = false;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** @throws DeadlineExceeded when the answer, or one before it, does not come in time; what `ask` throws */
  async wait<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#overdue) throw new DeadlineExceeded(this.#limitMs);
    const late = Promise.withResolvers<never>();
    const answer = ask();
    const answered = (): void => {
      this.#overdue = false;
    };
    answer.then(answered, answered);
    using _timer = this.#clock.setTimeout(() => {
      this.#overdue = true;
      late.reject(new DeadlineExceeded(this.#limitMs));
    }, this.#limitMs);
    return await Promise.race([answer, late.promise]);
  }
}
