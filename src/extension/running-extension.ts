import { whenAborted } from './abort.js';
import type { ExtensionBundle } from './bundle.js';
import type { Clock } from './clock.js';
import type { ActiveExtension, ExtensionContext } from './context.js';
import { type ExtensionError, extensionErrors } from './errors.js';

/** How one instance's life went so far. */
export type ExtensionState =
  | 'starting'
  | 'serving'
  | 'retiring'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'abandoned';

/** One instance between its start and its end. */
export class RunningExtension {
  /** What went wrong before the whole scope had started. */
  startFailure: ExtensionError | undefined;
  readonly bundle: ExtensionBundle;
  readonly #clock: Clock;
  readonly #onFailure: (error: ExtensionError) => void;
  readonly #onStartFailure: () => void;
  readonly #controller = new AbortController();
  readonly #barrier = Promise.withResolvers<void>();
  readonly #ended: Promise<ExtensionError | undefined>;
  #state: ExtensionState = 'starting';

  /**
   * Starts it.
   *
   * @param onFailure told when it ends, with or without an error, while it serves
   * @param onStartFailure told when it ends or is late before it serves
   */
  constructor(
    bundle: ExtensionBundle,
    active: ActiveExtension,
    clock: Clock,
    onFailure: (error: ExtensionError) => void,
    onStartFailure: () => void,
  ) {
    this.bundle = bundle;
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#onStartFailure = onStartFailure;
    // Nobody waits at the barrier of an instance without readiness; its failure is read from `startFailure`.
    this.#barrier.promise.catch(() => {});
    this.#ended = this.#run(active);
  }

  get name(): string {
    return this.bundle.name;
  }

  get state(): ExtensionState {
    return this.#state;
  }

  /** Resolves when nobody need wait for the instance any more; rejects when it failed before. */
  async passBarrier(): Promise<void> {
    const timeoutMs = this.bundle.readinessTimeoutMs;
    if (timeoutMs === undefined) return;
    using _timer = this.#clock.setTimeout(
      () => this.#failStart(extensionErrors.notReady(this.name, this.#urn, timeoutMs)),
      timeoutMs,
    );
    await this.#barrier.promise;
  }

  /** Everything that had to start has started: what fails from now on goes to `onFailure`. */
  serve(): void {
    if (this.#state === 'starting') this.#state = 'serving';
  }

  /** Another instance serves in its place: it goes on until it is stopped, and its end is no failure. */
  retire(): void {
    if (this.#state === 'serving') this.#state = 'retiring';
  }

  /**
   * Asks it to stop and waits.
   *
   * @param graceMs how long it has to return, in milliseconds; then it is left to itself
   * @returns what went wrong while it stopped
   */
  async stop(graceMs: number): Promise<ExtensionError | undefined> {
    if (this.#state !== 'failed' && this.#state !== 'stopped') this.#state = 'stopping';
    this.#barrier.resolve();
    this.#controller.abort(new Error('the extension is being stopped'));
    const expired = Promise.withResolvers<ExtensionError>();
    using _timer = this.#clock.setTimeout(() => {
      this.#state = 'abandoned';
      expired.resolve(extensionErrors.stopTimedOut(this.name, this.#urn, graceMs));
    }, graceMs);
    return await Promise.race([this.#ended, expired.promise]);
  }

  /** @returns what went wrong while stopping; earlier failures go to the barrier or to `onFailure` */
  async #run(active: ActiveExtension): Promise<ExtensionError | undefined> {
    let failure: { readonly cause: unknown } | undefined;
    try {
      await active.start(this.#context());
    } catch (cause) {
      failure = { cause };
    }
    const before = this.#state;
    this.#state = before === 'starting' || before === 'serving' ? 'failed' : 'stopped';
    switch (before) {
      case 'starting':
        this.#failStart(
          failure === undefined
            ? extensionErrors.endedEarly(this.name, this.#urn)
            : extensionErrors.startFailed(this.name, this.#urn, failure.cause),
        );
        return undefined;
      case 'serving':
        this.#onFailure(extensionErrors.endedEarly(this.name, this.#urn, failure));
        return undefined;
      default:
        if (failure === undefined || failure.cause === this.#controller.signal.reason) return undefined;
        return extensionErrors.stopFailed(this.name, this.#urn, failure.cause);
    }
  }

  #context(): ExtensionContext {
    const { signal } = this.#controller;
    const { lookup } = this.bundle;
    const stopping = whenAborted(signal);
    return {
      name: this.name,
      signal,
      ready: () => this.#barrier.resolve(),
      stopping: () => stopping,
      getExtension: (trait, name) => lookup.getExtension(trait, name),
      findExtension: (trait) => lookup.findExtension(trait),
    };
  }

  #failStart(error: ExtensionError): void {
    this.startFailure ??= error;
    this.#onStartFailure();
    this.#barrier.reject(error);
  }

  get #urn(): string {
    return this.bundle.descriptor.urn.short;
  }
}
