import { reasonOf } from '../extension/errors.js';
import type { Logger } from '../extension/logger.js';

/**
 * A signal that comes within this time after the first, in milliseconds, is the same one: Ctrl-C reaches the whole group of processes,
 * and npm hands it on as well.
 */
const SAME_SIGNAL_MS = 500;

/** What happened that ends a run. */
export type End =
  | { readonly by: 'signal'; readonly name: string }
  | { readonly by: 'failure'; readonly error: Error };

/** Waits for what ends a run: a signal, a failure, or an error that nobody caught. */
export class Ends implements Disposable {
  readonly first: Promise<End>;
  /** Aborts at a signal that comes while the run is ending. */
  readonly forced: AbortSignal;
  readonly #resolve: (end: End) => void;
  readonly #force = new AbortController();
  readonly #logger: Promise<Logger>;
  #ending = false;
  #signalledAt = Number.NEGATIVE_INFINITY;

  /** @param logger one that may still be loading: signals are taken from now on */
  constructor(logger: Promise<Logger>) {
    const first = Promise.withResolvers<End>();
    this.first = first.promise;
    this.#resolve = first.resolve;
    this.forced = this.#force.signal;
    this.#logger = logger;
    process.on('SIGTERM', this.#onSignal).on('SIGINT', this.#onSignal);
    process.on('uncaughtException', this.#onError).on('unhandledRejection', this.#onError);
  }

  end(end: End): void {
    this.#ending = true;
    this.#resolve(end);
  }

  /** The signal that ended the run is taken as long as it may come again: it must not kill a process that is ending. */
  [Symbol.dispose](): void {
    const left = this.#signalledAt + SAME_SIGNAL_MS - performance.now();
    setTimeout(
      () => {
        process.off('SIGTERM', this.#onSignal).off('SIGINT', this.#onSignal);
      },
      Math.max(0, left),
    ).unref();
    process.off('uncaughtException', this.#onError).off('unhandledRejection', this.#onError);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const now = performance.now();
    if (!this.#ending) {
      this.#signalledAt = now;
      this.end({ by: 'signal', name });
    } else if (now - this.#signalledAt > SAME_SIGNAL_MS) {
      this.#force.abort();
    }
  };

  readonly #onError = (cause: unknown): void => {
    const error = new Error(`an error that nobody caught, a defect of a component: ${reasonOf(cause)}`, {
      cause,
    });
    if (this.#ending) void this.#logger.then((logger) => logger.error(error.message, { error }));
    else this.end({ by: 'failure', error });
  };
}
