import type { Clock, Timer } from '../../authoring.js';

/** The first sweep comes this soon, in milliseconds: what expired before a restart is not to stay. */
const FIRST_MS = 10_000;
const MOST_OFTEN_MS = 10_000;
const LEAST_OFTEN_MS = 3_600_000;

/** Sweeps every half window, between every 10 s and every hour, once there was anything to sweep. */
export class Sweeper {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #sweep: () => Promise<void>;
  #timer: Timer | undefined;
  #state: 'idle' | 'armed' | 'stopped' = 'idle';

  /** @param sweep never rejects */
  constructor(clock: Clock, windowMs: number, sweep: () => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = Math.min(LEAST_OFTEN_MS, Math.max(MOST_OFTEN_MS, windowMs / 2));
    this.#sweep = sweep;
  }

  /** There is something to sweep, or may be. */
  arm(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'armed';
    this.#set(FIRST_MS);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#timer?.cancel();
  }

  #set(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => void this.#run(), delayMs);
  }

  async #run(): Promise<void> {
    await this.#sweep();
    if (this.#state === 'armed') this.#set(this.#intervalMs);
  }
}
