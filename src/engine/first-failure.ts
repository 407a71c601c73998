import type { Logger } from '../extension/logger.js';

/** What goes wrong first with something that cannot go on then. What goes wrong later is logged. */
export class FirstFailure {
  readonly #logger: Logger;
  readonly #onError: (error: Error) => void;
  readonly #first = Promise.withResolvers<Error>();
  #isTold = false;

  /** @param onError told of all of them, as they happen */
  constructor(logger: Logger, onError: (error: Error) => void) {
    this.#logger = logger;
    this.#onError = onError;
  }

  /** Resolves with the first. */
  get promise(): Promise<Error> {
    return this.#first.promise;
  }

  readonly tell = (error: Error): void => {
    this.#onError(error);
    // Nobody else hears of a later one.
    if (this.#isTold) this.#logger.error(error.message, { error });
    this.#isTold = true;
    this.#first.resolve(error);
  };
}
