import type { Clock, Timer } from '../../authoring.js';
import type { StoreFile } from './store-file.js';

/** How often to look, in milliseconds. */
const LOOK_MS = 1_000;

/** Looks now and then whether a file is still in its place, also when nobody uses it, and tells once that it is not. */
export class PlaceWatch {
  readonly #file: StoreFile;
  readonly #clock: Clock;
  readonly #lost: (error: unknown) => void;
  #timer: Timer | undefined;

  /** @param lost told why the file cannot be used any more */
  constructor(file: StoreFile, clock: Clock, lost: (error: unknown) => void) {
    this.#file = file;
    this.#clock = clock;
    this.#lost = lost;
  }

  start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#look()) this.start();
    }, LOOK_MS);
  }

  /** Looks for the last time, unless it is known already that the file is lost. */
  stop(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#look();
  }

  #look(): boolean {
    try {
      this.#file.checkPlace();
      return true;
    } catch (error) {
      this.#lost(error);
      return false;
    }
  }
}
