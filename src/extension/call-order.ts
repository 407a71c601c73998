import { CallsInFlight } from './calls-in-flight.js';

/** Calls of an instance that was replaced, which later ones wait for. */
export interface LastCalls {
  /** Resolves when nobody waits for them any more. */
  readonly over: Promise<void>;
  /** How many have ended: tells a long queue, which gets shorter, from a call that hangs. */
  readonly ended: number;
  /**
   * Makes those that wait at once, and is over.
   *
   * @returns how many have not ended
   */
  giveUp(): number;
}

/**
 * Keeps calls in their order when the instance behind them is replaced: an instance carries out its own calls in the order
 * in which they are made, but two side by side know nothing of each other. So the first calls of the new one are made when
 * the last ones of the old one have ended.
 */
export class CallOrder {
  /** Of the instance that is current. */
  #underWay = new CallsInFlight();
  /** What is made when the last calls of the one before have ended; `undefined` when they have. */
  #waiting: (() => void)[] | undefined;

  /** Whether calls wait for those of the instance before. */
  get holds(): boolean {
    return this.#waiting !== undefined;
  }

  /** Notes a call of the instance that is current. */
  made<Answer>(call: Promise<Answer>): Promise<Answer> {
    return this.#underWay.handOn(call);
  }

  /**
   * Makes a call when those of the instance before have ended.
   *
   * @param make calls the instance that is current then
   */
  later<Answer>(make: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting?.push(() => {
        try {
          resolve(this.made(make()));
        } catch (error) {
          // An extension that is not written in TypeScript may throw at once.
          reject(error);
        }
      });
    });
  }

  /**
   * Another instance is current from now on.
   *
   * @returns what its calls wait for; `undefined` when no call is under way, or they wait already for an instance before
   */
  moved(): LastCalls | undefined {
    if (this.#waiting !== undefined || this.#underWay.count === 0) return undefined;
    const last = this.#underWay;
    const waiting: (() => void)[] = [];
    this.#underWay = new CallsInFlight();
    this.#waiting = waiting;
    const over = Promise.withResolvers<void>();
    const goOn = (): void => {
      if (this.#waiting !== waiting) return;
      // One that is made meanwhile, by one of these, comes behind them.
      for (const make of waiting) make();
      this.#waiting = undefined;
      over.resolve();
    };
    void last.settled().then(goOn);
    return {
      over: over.promise,
      get ended() {
        return last.ended;
      },
      giveUp: () => {
        goOn();
        return last.count;
      },
    };
  }
}
