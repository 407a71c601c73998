import { whenAborted } from './abort.js';
import type { ExtensionBundle } from './bundle.js';
import type { Clock } from './clock.js';
import type { ActiveExtension, ExtensionContext } from './context.js';
import { type ExtensionError, extensionErrors } from './errors.js';

/**
 * How an instance's life ended: it returned when it was told to; with an error, or before it was told; or it did not
 * return in its grace time and was left to itself.
 */
export type InstanceEnd = 'stopped' | 'failed' | 'abandoned';

/** How one instance's life went so far. */
export type ExtensionState = 'starting' | 'serving' | 'retiring' | 'stopping' | InstanceEnd;

/** Whom an instance tells of its life. */
export interface InstanceObserver {
  /** It ended, with or without an error, while it served. */
  failed(error: ExtensionError): void;
  /** It failed by itself after another one had taken its place. */
  retiredFailed(error: ExtensionError): void;
  /** It ended or is late before it serves. */
  startFailed(): void;
  /** It is over. Told once. */
  ended(end: InstanceEnd, error: ExtensionError | undefined): void;
}

/** One instance between its start and its end. */
export class RunningExtension {
  /** What went wrong before the whole scope had started. */
  startFailure: ExtensionError | undefined;
  readonly bundle: ExtensionBundle;
  readonly #clock: Clock;
  readonly #observer: InstanceObserver;
  readonly #controller = new AbortController();
  readonly #barrier = Promise.withResolvers<void>();
  /** Resolves at its end with what went wrong while it stopped; earlier failures go to the barrier or to the observer. */
  readonly #over = Promise.withResolvers<ExtensionError | undefined>();
  #state: ExtensionState = 'starting';

  /** Starts it. */
  constructor(bundle: ExtensionBundle, active: ActiveExtension, clock: Clock, observer: InstanceObserver) {
    this.bundle = bundle;
    this.#clock = clock;
    this.#observer = observer;
    // Nobody waits at the barrier of an instance without readiness; its failure is read from `startFailure`.
    this.#barrier.promise.catch(() => {});
    void this.#run(active);
  }

  get name(): string {
    return this.bundle.name;
  }

  get state(): ExtensionState {
    return this.#state;
  }

  /** Whether it has returned, or was left to itself. */
  get isOver(): boolean {
    return this.#state === 'stopped' || this.#state === 'failed' || this.#state === 'abandoned';
  }

  /** Resolves when nobody need wait for the instance any more; rejects when it failed before. */
  async passBarrier(): Promise<void> {
    const timeoutMs = this.bundle.readinessTimeoutMs;
    if (timeoutMs === undefined) return;
    using _timer = this.#clock.setTimeout(
      () => this.#failStart(extensionErrors.notReady(this.bundle.plan, timeoutMs)),
      timeoutMs,
    );
    await this.#barrier.promise;
  }

  /** Everything that had to start has started: what fails from now on goes to the observer's `failed`. */
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
   * @param forced resolves when there is no time to wait any more: it is left to itself unless it returns at once
   * @returns what went wrong while it stopped: the same error to all who ask
   */
  async stop(graceMs: number, forced?: Promise<void>): Promise<ExtensionError | undefined> {
    if (!this.isOver) this.#state = 'stopping';
    this.#barrier.resolve();
    this.#controller.abort(new Error('the extension is being stopped'));
    const { plan } = this.bundle;
    using _timer = this.#clock.setTimeout(
      () => this.#abandon(extensionErrors.stopTimedOut(plan, graceMs)),
      graceMs,
    );
    // One that was told only now, for others used it, may need no more than a turn.
    void forced?.then(() => setImmediate(() => this.#abandon(extensionErrors.stopForced(plan))));
    return await this.#over.promise;
  }

  async #run(active: ActiveExtension): Promise<void> {
    let failure: { readonly cause: unknown } | undefined;
    try {
      await active.start(this.#context());
    } catch (cause) {
      failure = { cause };
    }
    if (this.#state === 'starting' || this.#state === 'serving') {
      this.#endEarly(this.#state, failure);
      return;
    }
    if (this.#state === 'retiring' && failure !== undefined) {
      const error = extensionErrors.retiredFailed(this.bundle.plan, failure.cause);
      this.#end('failed', error, undefined);
      this.#observer.retiredFailed(error);
      return;
    }
    const { reason } = this.#controller.signal;
    const error =
      failure === undefined || saysStop(failure.cause, reason)
        ? undefined
        : extensionErrors.stopFailed(this.bundle.plan, failure.cause);
    this.#end(error === undefined && this.startFailure === undefined ? 'stopped' : 'failed', error, error);
  }

  #endEarly(state: 'starting' | 'serving', failure: { readonly cause: unknown } | undefined): void {
    const error =
      state === 'starting' && failure !== undefined
        ? extensionErrors.startFailed(this.bundle.plan, failure.cause)
        : extensionErrors.endedEarly(this.bundle.plan, failure);
    this.#end('failed', error, undefined);
    if (state === 'starting') this.#failStart(error);
    else this.#observer.failed(error);
  }

  #abandon(error: ExtensionError): void {
    this.#end('abandoned', error, error);
  }

  /**
   * Only the first end counts: one that was abandoned may still return, much later.
   *
   * @param ofStop what `stop` returns
   */
  #end(end: InstanceEnd, error: ExtensionError | undefined, ofStop: ExtensionError | undefined): void {
    if (this.isOver) return;
    this.#state = end;
    this.#observer.ended(end, error ?? this.startFailure);
    this.#over.resolve(ofStop);
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
    this.#observer.startFailed();
    this.#barrier.reject(error);
  }
}

/** Whether what was thrown only hands on that the signal aborted: its reason, or an error around it as the platform's. */
function saysStop(thrown: unknown, reason: unknown): boolean {
  if (thrown === reason) return true;
  return typeof thrown === 'object' && thrown !== null && 'cause' in thrown && thrown.cause === reason;
}
