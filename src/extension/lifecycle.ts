import { whenAborted } from './abort.js';
import type { ExtensionBundle } from './bundle.js';
import type { Clock } from './clock.js';
import type { ActiveExtension, ExtensionContext } from './context.js';
import { combineErrors, type ExtensionError, extensionErrors } from './errors.js';
import type { Logger } from './logger.js';

/** How long an instance has to return from `start` after its signal aborted, in milliseconds. */
export const STOP_GRACE_MS = 5_000;

export interface LifecycleServices {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Step 5: starts the instances of a scope, holds the data path until those that asked for it are ready, notices
 * one that ends too early, and stops them all. Passive instances have no part in it.
 */
export class ExtensionLifecycle {
  readonly #running: RunningExtension[] = [];
  readonly #bundles: readonly ExtensionBundle[];
  readonly #services: LifecycleServices;
  readonly #onFailure: (error: ExtensionError) => void;
  #stopped = false;

  /** @param onFailure told of an instance that ends, with or without an error, after `start` and before `stop` */
  constructor(
    bundles: readonly ExtensionBundle[],
    services: LifecycleServices,
    onFailure: (error: ExtensionError) => void,
  ) {
    this.#bundles = bundles;
    this.#services = services;
    this.#onFailure = onFailure;
  }

  /**
   * Starts every instance in the order of declaration and waits until the barrier is passed. When one fails, the
   * others are stopped before this rejects.
   *
   * @throws ExtensionError `Disposed` when it was stopped meanwhile; `StartFailed`, `NotReady` or `EndedEarly`; an AggregateError when several failed
   */
  async start(): Promise<void> {
    const startFailed = Promise.withResolvers<void>();
    for (const bundle of this.#bundles) {
      const { active } = bundle;
      if (active === undefined) continue;
      this.#running.push(new RunningExtension(bundle, active, this.#onFailure, startFailed.resolve));
    }
    if (this.#running.length === 0) return;
    const barrier = Promise.all(this.#running.map((running) => running.passBarrier(this.#services.clock)));
    // Turns a rejection into "look at what failed": instances can fail beside the one that is reported first.
    await Promise.race([barrier.catch(() => {}), startFailed.promise]);
    // An instance that nobody waits for still fails the start when it fails at once.
    await new Promise((resolve) => setImmediate(resolve));
    const [first, ...others] = this.#running.flatMap(({ startFailure }) => startFailure ?? []);
    if (first === undefined) {
      if (this.#stopped) throw extensionErrors.stoppedWhileStarting();
      for (const running of this.#running) running.serve();
      return;
    }
    for (const error of await this.stop()) this.#services.logger.error(error.message);
    throw combineErrors(`${others.length + 1} extensions failed to start:`, [first, ...others]);
  }

  /**
   * Stops every instance, also one that is still starting: signals go out in reverse order of start, then all have the same grace time.
   *
   * @returns what went wrong meanwhile; nothing is thrown, so that no failure keeps another instance running
   */
  async stop(): Promise<readonly ExtensionError[]> {
    this.#stopped = true;
    const { clock } = this.#services;
    const stopping = this.#running.splice(0).reverse();
    const errors = await Promise.all(stopping.map((running) => running.stop(clock)));
    return errors.filter((error) => error !== undefined);
  }
}

/** One instance between its start and its end. */
class RunningExtension {
  /** What went wrong before the whole scope had started. */
  startFailure: ExtensionError | undefined;
  readonly #bundle: ExtensionBundle;
  readonly #onStartFailure: () => void;
  readonly #controller = new AbortController();
  readonly #barrier = Promise.withResolvers<void>();
  readonly #ended: Promise<ExtensionError | undefined>;
  #phase: 'starting' | 'serving' | 'stopping' = 'starting';

  constructor(
    bundle: ExtensionBundle,
    active: ActiveExtension,
    onFailure: (error: ExtensionError) => void,
    onStartFailure: () => void,
  ) {
    this.#bundle = bundle;
    this.#onStartFailure = onStartFailure;
    // Nobody waits at the barrier of an instance without readiness; its failure is read from `startFailure`.
    this.#barrier.promise.catch(() => {});
    this.#ended = this.#run(active, onFailure);
  }

  /** Resolves when the data path need not wait for the instance any more; rejects when it failed before. */
  async passBarrier(clock: Clock): Promise<void> {
    const timeoutMs = this.#bundle.readinessTimeoutMs;
    if (timeoutMs === undefined) return;
    using _timer = clock.setTimeout(
      () => this.#failStart(extensionErrors.notReady(this.#bundle.name, this.#urn, timeoutMs)),
      timeoutMs,
    );
    await this.#barrier.promise;
  }

  /** The whole scope has started: what fails from now on goes to `onFailure`. */
  serve(): void {
    this.#phase = 'serving';
  }

  async stop(clock: Clock): Promise<ExtensionError | undefined> {
    this.#phase = 'stopping';
    this.#barrier.resolve();
    this.#controller.abort(new Error('the extension is being stopped'));
    const expired = Promise.withResolvers<ExtensionError>();
    using _timer = clock.setTimeout(
      () => expired.resolve(extensionErrors.stopTimedOut(this.#bundle.name, this.#urn, STOP_GRACE_MS)),
      STOP_GRACE_MS,
    );
    return await Promise.race([this.#ended, expired.promise]);
  }

  /** @returns what went wrong while stopping; earlier failures go to the barrier or to `onFailure` */
  async #run(
    active: ActiveExtension,
    onFailure: (error: ExtensionError) => void,
  ): Promise<ExtensionError | undefined> {
    const { name } = this.#bundle;
    let failure: { readonly cause: unknown } | undefined;
    try {
      await active.start(this.#context());
    } catch (cause) {
      failure = { cause };
    }
    switch (this.#phase) {
      case 'starting':
        this.#failStart(
          failure === undefined
            ? extensionErrors.endedEarly(name, this.#urn)
            : extensionErrors.startFailed(name, this.#urn, failure.cause),
        );
        return undefined;
      case 'serving':
        onFailure(extensionErrors.endedEarly(name, this.#urn, failure));
        return undefined;
      case 'stopping':
        if (failure === undefined || failure.cause === this.#controller.signal.reason) return undefined;
        return extensionErrors.stopFailed(name, this.#urn, failure.cause);
    }
  }

  #context(): ExtensionContext {
    const { signal } = this.#controller;
    const stopping = whenAborted(signal);
    return {
      name: this.#bundle.name,
      signal,
      ready: () => this.#barrier.resolve(),
      stopping: () => stopping,
    };
  }

  #failStart(error: ExtensionError): void {
    this.startFailure ??= error;
    this.#onStartFailure();
    this.#barrier.reject(error);
  }

  get #urn(): string {
    return this.#bundle.descriptor.urn.short;
  }
}
