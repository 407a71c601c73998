import type { Engine } from '../engine/engine.js';
import { combineErrors, ExtensionError } from '../extension/errors.js';
import { PipelineError } from '../pipeline/errors.js';
import type { PipelineSummary } from '../pipeline/summary.js';
import type { BuiltEngine } from './build-engine.js';
import type { CapturedLogger } from './captured-logger.js';
import type { FakeClock } from './fake-clock.js';

/** How long something may take to stop, in milliseconds of real time, before the clock is moved past its deadlines. */
const REAL_GRACE_MS = 1_000;

/** How far the clock is moved at a time then, in milliseconds. */
const STEP_MS = 1_000;

/** How often to look whether something that has failed waits for its end, in milliseconds of real time. */
const LOOK_MS = 50;

/**
 * One component in a real engine, in a pipeline of nothing but stand-ins, with a clock that stands still and a log
 * that is kept. Everything between the component and the test is the engine's own code.
 */
export abstract class Harness implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly logs: CapturedLogger;
  /**
   * Resolves when the data path runs: every extension with a readiness barrier has passed it, and every receiver
   * takes data.
   *
   * @throws ExtensionError, PipelineError, or an AggregateError for several
   */
  readonly whenReady: Promise<void>;
  /**
   * Resolves with what went wrong when the component cannot start or cannot go on, although nobody stopped it: what
   * `whenReady` rejects with, or what ended it later.
   */
  readonly failed: Promise<Error>;
  protected readonly engine: Engine;
  readonly #errors: Error[] = [];
  #isReady = false;
  #told = false;
  #stopped: Promise<readonly Error[]> | undefined;

  protected constructor({ engine, clock, logs }: BuiltEngine) {
    this.engine = engine;
    this.clock = clock;
    this.logs = logs;
    const failed = Promise.withResolvers<Error>();
    this.failed = failed.promise;
    void engine.failed.then((error) => {
      this.#note(error);
      failed.resolve(error);
    });
    const starting = engine.start();
    this.whenReady = starting.then(() => {
      this.#isReady = true;
    });
    void this.giveUpStuck(starting, () => engine.errors.length > 0 || this.#hasStopping());
    this.whenReady.catch((error: Error) => {
      this.#note(error);
      if (this.#stopped === undefined || !isOfStop(error)) failed.resolve(error);
    });
  }

  /** Whether `whenReady` has resolved. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** What became of the data so far, in items. */
  get summary(): PipelineSummary {
    return this.engine.summary[0] as PipelineSummary;
  }

  /**
   * Stops the component as the engine does: receivers first, then what is under way is drained (a processor's
   * `flush`, an exporter's `shutdown`), then extensions. What has not ended within 1 s of real time has the clock
   * moved past its deadlines. Calling it again gives the same promise.
   *
   * @returns everything that went wrong since the start; empty when nothing did. It does not throw.
   */
  stop(): Promise<readonly Error[]> {
    this.#told = true;
    return this.#stop();
  }

  /**
   * Stops the component at the end of an `await using`. A test that did not call `stop` to see it is failed with what
   * went wrong.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const [first, ...others] = await this.#stop();
    if (first === undefined || this.#told) return;
    throw combineErrors('several things went wrong:', [first, ...others]);
  }

  /**
   * Moves the clock on when something that has failed waits for what does not stop, until it settles: a test that waits
   * for it would hang.
   *
   * @param hasFailed whether it has, and only waits for the end of what still runs
   */
  protected async giveUpStuck(work: Promise<unknown>, hasFailed: () => boolean): Promise<void> {
    const over = work.then(
      () => true,
      () => true,
    );
    for (let stuckMs = 0; ; stuckMs = hasFailed() ? stuckMs + LOOK_MS : 0) {
      const look = new Promise<false>((resolve) => setTimeout(() => resolve(false), LOOK_MS).unref());
      if (await Promise.race([over, look])) return;
      if (stuckMs >= REAL_GRACE_MS && hasFailed()) await this.clock.advance(STEP_MS);
    }
  }

  #hasStopping(): boolean {
    return this.engine.extensions.some(({ state }) => state === 'stopping');
  }

  /** Called when the engine has stopped. */
  protected ended(): void {}

  #stop(): Promise<readonly Error[]> {
    this.#stopped ??= this.#stopEngine();
    return this.#stopped;
  }

  async #stopEngine(): Promise<readonly Error[]> {
    let over = false;
    const stopping = this.engine.stop().then(() => {
      over = true;
    });
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, REAL_GRACE_MS);
    await Promise.race([stopping, patience.promise]);
    clearTimeout(timer);
    while (!over) await this.clock.advance(STEP_MS);
    await stopping;
    this.ended();
    // What `whenReady` and `failed` tell is noted a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    for (const error of this.engine.errors) this.#note(error);
    for (const { level, fields } of this.logs.lines) {
      const { error } = fields;
      // The engine's own words about a component; what a component logs of its own accord is no failure of it.
      if (level === 'error' && (error instanceof ExtensionError || error instanceof PipelineError)) {
        this.#note(error);
      }
    }
    return this.#errors;
  }

  #note(error: Error): void {
    const errors: readonly Error[] = error instanceof AggregateError ? error.errors : [error];
    for (const each of errors) {
      const seen = this.#errors.includes(each) || (this.#stopped !== undefined && isOfStop(each));
      if (!seen) this.#errors.push(each);
    }
  }
}

/** Whether it only says that a start was cut short by the stop, which the test asked for. */
function isOfStop(error: Error): boolean {
  return error instanceof ExtensionError ? error.kind === 'Disposed' : !(error instanceof PipelineError);
}
