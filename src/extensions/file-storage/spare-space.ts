import type { Clock, Timer } from '../../authoring.js';
import { isBusy, isMoved } from './failure.js';
import type { StoreFile } from './store-file.js';

/** Fewer free pages than these (256 KiB) are kept for what is written next. */
const KEEP_PAGES = 64;
/** So is this part of the file: what comes and goes would otherwise move pages around all the time. */
const KEEP_PART = 1 / 8;

/** Pages that are given back in one go, in a fraction of a millisecond up to a few. */
const STEP_PAGES = 64;

/** How long to wait after another connection was in the way, in milliseconds. */
const AGAIN_MS = 1_000;

/** Gives the space of what was deleted back to the disk, a little at a time. */
export class SpareSpace {
  readonly #file: StoreFile;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  #timer: Timer | undefined;
  #next: NodeJS.Immediate | undefined;
  /** Whether pages were taken off that the disk has not got back. */
  #shortenable = false;
  #stopped = false;

  /** @param failed told of what goes wrong, except that another connection is in the way */
  constructor(file: StoreFile, clock: Clock, failed: (error: unknown) => void) {
    this.#file = file;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Looks whether there is anything to give back. Call it when something was deleted. */
  check(): void {
    if (!this.#stopped && this.#next === undefined && this.#timer === undefined) this.#soon();
  }

  stop(): void {
    this.#stopped = true;
    clearImmediate(this.#next);
    this.#timer?.cancel();
  }

  #soon(): void {
    this.#next = setImmediate(() => {
      this.#next = undefined;
      this.#step();
    });
  }

  #step(): void {
    try {
      this.#file.checkPlace();
      const { pages, free } = this.#file.space;
      if (free > Math.max(KEEP_PAGES, pages * KEEP_PART)) {
        this.#file.vacuum(STEP_PAGES);
        this.#shortenable = true;
        this.#soon();
      } else if (this.#shortenable) {
        if (this.#file.shorten()) this.#shortenable = false;
        else this.#later();
      }
    } catch (error) {
      // The file is closed for good then, which is told as what it is.
      if (isMoved(error)) this.#stopped = true;
      else if (isBusy(error)) this.#later();
      else this.#failed(error);
    }
  }

  #later(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#step();
    }, AGAIN_MS);
  }
}
