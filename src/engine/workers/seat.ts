import { reasonOf } from '../../extension/errors.js';
import type { ExtensionStatus } from '../../extension/status.js';
import { COUNTERS, PipelineCounters } from '../../pipeline/summary.js';
import { fromCrossing } from './crossing-error.js';
import type { DistributedPipeline } from './distributed-pipeline.js';
import { drainThread } from './drain-thread.js';
import { lostStatuses } from './merged-statuses.js';
import { endWhenSilent } from './pulse.js';
import type { EngineQuestions, ExtensionName } from './questions.js';
import type { Recovery } from './recovery.js';
import type { SeatEnvironment } from './seat-environment.js';
import { whenStuck } from './stuck.js';
import { workerErrors } from './worker-errors.js';
import { WorkerGone, WorkerThread } from './worker-thread.js';

/** One start of a worker that was lost. */
interface Attempt {
  /** Whether it has failed, so that nothing more is to be done for it. */
  over: boolean;
  /** Resolves when it has failed, or the worker serves. */
  readonly ended: Promise<void>;
}

/**
 * The place of one worker in an engine: it stays while threads in it come and go. A thread that ends while it serves is
 * followed by another one, as often as the recovery allows.
 */
export class Seat {
  readonly worker: number;
  /** Of the extensions in the worker, as it told last. */
  statuses: readonly ExtensionStatus[] = [];
  readonly #environment: SeatEnvironment;
  readonly #recovery: Recovery;
  readonly #counters: SharedArrayBuffer;
  #pipelines: readonly DistributedPipeline[] = [];
  #thread: WorkerThread | undefined;
  #serves = false;
  #hasServed = false;
  /** The threads in which something has failed, and whether they have delivered what they had. */
  readonly #failing = new WeakMap<WorkerThread, boolean>();
  readonly #stopping = new AbortController();
  readonly #forced = Promise.withResolvers<void>();
  #recovering: Promise<void> = Promise.resolve();

  /** @param pipelines how many have an instance in the worker */
  constructor(worker: number, pipelines: number, recovery: Recovery, environment: SeatEnvironment) {
    this.worker = worker;
    this.#environment = environment;
    this.#recovery = recovery;
    // Shared, so that what was counted is known whatever becomes of the thread.
    this.#counters = new SharedArrayBuffer(pipelines * COUNTERS * Float64Array.BYTES_PER_ELEMENT);
  }

  /** @param pipelines in the order in which the worker has them */
  seat(pipelines: readonly DistributedPipeline[]): void {
    this.#pipelines = pipelines;
  }

  /** The thread; `undefined` while there is none. */
  get thread(): WorkerThread | undefined {
    return this.#thread;
  }

  /** The thread once all of it serves; `undefined` while there is none that does. */
  get serving(): WorkerThread | undefined {
    return this.#serves ? this.#thread : undefined;
  }

  counters(pipeline: DistributedPipeline): PipelineCounters {
    const offset = this.#indexOf(pipeline) * COUNTERS * Float64Array.BYTES_PER_ELEMENT;
    return new PipelineCounters(new Float64Array(this.#counters, offset, COUNTERS));
  }

  /**
   * Starts a thread and has it build everything.
   *
   * @returns the shared extensions that something in the worker holds
   * @throws what could not be built; the thread has ended then
   */
  async open(): Promise<readonly ExtensionName[]> {
    const thread = this.#spawn();
    this.#thread = thread;
    try {
      const held = await thread.link.ask('build', this.#environment.job(this.worker));
      thread.keepsAlive = false;
      this.#watch(thread);
      void endWhenSilent(thread, this.#environment.clock);
      return held;
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  startShared(): Promise<void> {
    return this.#ask((thread) => thread.link.ask('startShared', undefined));
  }

  prepare(pipeline: DistributedPipeline): Promise<void> {
    return this.#ask((thread) => thread.link.ask('prepare', this.#indexOf(pipeline)));
  }

  start(pipeline: DistributedPipeline): Promise<void> {
    return this.#ask((thread) => thread.link.ask('start', this.#indexOf(pipeline)));
  }

  /** Everything has started: from now on another thread follows one that ends. */
  serve(): void {
    this.#serves = true;
    this.#hasServed = true;
    this.#recovery.serves(this.#environment.clock.now());
    // It may have ended since it started.
    if (this.#thread?.isGone) this.#watch(this.#thread);
  }

  /** Drains and stops a pipeline in the worker. Never rejects. */
  stop(pipeline: DistributedPipeline, drainMs: number): Promise<void> {
    const input = { pipeline: this.#indexOf(pipeline), drainMs };
    return this.#wind(drainMs, (thread) => thread.link.ask('stop', input));
  }

  /** There is no more time to wait. */
  force(): void {
    this.#stopping.abort();
    this.#forced.resolve();
    this.#thread?.link.tell('force', undefined);
  }

  /** Stops the extensions that its pipelines shared, then ends the thread. Never rejects. */
  async close(): Promise<void> {
    await this.#wind(0, (thread) => thread.link.ask('stopShared', undefined));
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.leave();
  }

  #indexOf(pipeline: DistributedPipeline): number {
    return this.#pipelines.indexOf(pipeline);
  }

  async #ask<Answer>(question: (thread: WorkerThread) => Promise<Answer>): Promise<Answer> {
    if (this.#thread === undefined) throw new Error(`worker ${this.worker} does not run`);
    return await question(this.#thread);
  }

  /**
   * Asks for something that ends; what is gone already has ended.
   *
   * @param limitMs how long it may take in the worker, beside what is given up there by itself
   */
  async #wind(limitMs: number, question: (thread: WorkerThread) => Promise<void>): Promise<void> {
    this.#stopping.abort();
    const over = new AbortController();
    const stuck = whenStuck(limitMs, this.#environment.clock, this.#forced.promise, over.signal).then(() => {
      throw new Error('it does not answer, so its thread was ended');
    });
    try {
      await Promise.race([this.#recovering.then(() => this.#thread && question(this.#thread)), stuck]);
    } catch (cause) {
      // Whoever started it or watches it has said so.
      if (cause instanceof WorkerGone) return;
      const thread = this.#thread;
      this.#thread = undefined;
      this.#note(new Error(`worker ${this.worker} could not be stopped: ${reasonOf(cause)}`, { cause }));
      await thread?.end();
    } finally {
      over.abort();
      stuck.catch(() => {});
    }
  }

  #spawn(): WorkerThread {
    const { module, host, clock, logger, port, connections, onError } = this.#environment;
    const { worker } = this;
    const answers: EngineQuestions = {
      log: ({ level, message, fields }) => logger[level](message, fields),
      failed: ({ pipeline, error }) => this.#failed(thread, pipeline, fromCrossing(error)),
      mishap: ({ error }) => onError(fromCrossing(error)),
      statuses: (statuses) => {
        this.statuses = statuses;
      },
      port: (input) => port(input),
      connections: ({ key, open }) => connections(worker, key, open),
    };
    const thread = new WorkerThread({
      module,
      worker,
      clock,
      counters: this.#counters,
      answers,
      host,
      onDefect: onError,
    });
    void thread.ended.then((reason) => {
      this.statuses = lostStatuses(this.statuses, `worker ${worker} is gone: ${reason}`);
    });
    return thread;
  }

  /** A pipeline, or with no index an extension that several share, cannot go on in a thread. */
  #failed(thread: WorkerThread, pipeline: number | undefined, error: Error): void {
    const failed = pipeline === undefined ? undefined : this.#pipelines[pipeline];
    if (!this.#hasServed || this.#stopping.signal.aborted) {
      if (failed === undefined) this.#environment.fail(error);
      else failed.fail(error);
    } else if (this.#failing.has(thread)) this.#note(error);
    else if (this.#serves) this.#recovering = this.#drain(thread, error);
    // Whoever waits for its start is told.
    else void thread.end(error.message);
  }

  /** Nothing in a thread can be built anew alone: it delivers what it has and ends, then another one follows. */
  async #drain(thread: WorkerThread, error: Error): Promise<void> {
    this.#serves = false;
    this.#failing.set(thread, false);
    const { signal } = this.#stopping;
    const drained = await drainThread(thread, this.#pipelines.length, this.#environment.clock, signal);
    if (!signal.aborted) {
      this.#failing.set(thread, drained);
      void thread.end(error.message);
      await thread.ended;
      if (!signal.aborted) return;
      this.#thread = undefined;
    }
    // The engine stops, and no other one follows that would say why.
    this.#note(error);
  }

  #watch(thread: WorkerThread): void {
    void thread.ended.then((reason) => {
      if (this.#thread !== thread) return;
      const failing = this.#failing.get(thread);
      if (this.#stopping.signal.aborted) {
        this.#thread = undefined;
        if (failing === undefined) this.#note(workerErrors.goneInStop(this.worker, reason));
      } else if (this.#serves || failing !== undefined) {
        this.#thread = undefined;
        this.#serves = false;
        this.#environment.gone(this.worker);
        this.#recovering = this.#recover(reason, failing !== true);
      }
      // Whoever starts it is told with what it asks next.
    });
  }

  /**
   * Starts threads until one serves, or too many have not. Never rejects.
   *
   * @param lossy whether the one that served lost what it had
   */
  async #recover(firstReason: string, lossy: boolean): Promise<void> {
    const { clock, logger, others, fail } = this.#environment;
    const { worker } = this;
    let [reason, loses] = [firstReason, lossy];
    while (!this.#stopping.signal.aborted) {
      const delayMs = this.#recovery.ended(clock.now());
      if (delayMs === undefined) {
        fail(workerErrors.goneForGood(worker, reason, others(worker), this.#recovery.mostRestarts));
        return;
      }
      this.#note(workerErrors.gone(worker, reason, loses, others(worker), delayMs));
      await clock.sleep(delayMs, this.#stopping.signal).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      const failure = await this.#restart();
      if (failure === undefined) {
        logger.info('the worker serves again', { worker });
        return;
      }
      [reason, loses] = [failure, false];
    }
  }

  /** @returns why it does not serve; `undefined` when it does */
  async #restart(): Promise<string | undefined> {
    const { clock } = this.#environment;
    const { startupTimeoutMs } = this.#recovery;
    const ended = Promise.withResolvers<void>();
    const attempt: Attempt = { over: false, ended: ended.promise };
    const late = Promise.withResolvers<never>();
    using _timer = clock.setTimeout(
      () => late.reject(new Error(`it did not serve within ${startupTimeoutMs / 1000} s of its start`)),
      startupTimeoutMs,
    );
    try {
      await Promise.race([this.#begin(attempt), late.promise]);
      return undefined;
    } catch (error) {
      attempt.over = true;
      const thread = this.#thread;
      this.#thread = undefined;
      await thread?.end();
      return error instanceof WorkerGone ? error.reason : reasonOf(error);
    } finally {
      ended.resolve();
    }
  }

  /** All that a worker does until it serves, from what is configured when it does; unless it is over before. */
  async #begin(attempt: Attempt): Promise<void> {
    const { turns } = this.#environment;
    for (let again = false; ; again = true) {
      const built = await turns.between((revision) => revision);
      if (attempt.over) return;
      await this.open();
      await this.startShared();
      await Promise.all(this.#pipelines.map((pipeline) => this.prepare(pipeline)));
      if (attempt.over) return;
      // What is to be replaced from here on waits until it serves, and is replaced in it too.
      if (!again) turns.hold(attempt.ended);
      // An extension was replaced in the others meanwhile. No client has connected yet.
      if ((await turns.between((revision) => revision)) === built) break;
      if (attempt.over) return;
      const thread = this.#thread;
      this.#thread = undefined;
      await thread?.end();
    }
    for (const pipeline of this.#pipelines) {
      if (attempt.over) return;
      await this.start(pipeline);
    }
    if (!attempt.over) this.serve();
  }

  #note(error: Error): void {
    const { logger, onError } = this.#environment;
    logger.error(error.message, { worker: this.worker });
    onError(error);
  }
}
