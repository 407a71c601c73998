import type { Clock } from '../../extension/clock.js';
import { reasonOf } from '../../extension/errors.js';
import { STOP_GRACE_MS } from '../../extension/lifecycle-services.js';
import type { Logger } from '../../extension/logger.js';
import type { RemoteHost } from '../../extension/remote/server.js';
import type { ExtensionStatus } from '../../extension/status.js';
import { COUNTERS, PipelineCounters } from '../../pipeline/summary.js';
import { fromCrossing } from './crossing-error.js';
import type { DistributedPipeline } from './distributed-pipeline.js';
import { lostStatuses } from './merged-statuses.js';
import { endWhenSilent } from './pulse.js';
import type { EngineQuestions, ExtensionName, WorkerJob } from './questions.js';
import type { Recovery } from './recovery.js';
import type { ReplacementTurns } from './replacement-turns.js';
import { type OtherWorkers, workerErrors } from './worker-errors.js';
import { WorkerGone, WorkerThread } from './worker-thread.js';

/** How long a worker may take at most to give up what does not end, extensions among it, in milliseconds. */
const GIVES_UP_MS = STOP_GRACE_MS + 1_000;

/** How long a worker that runs may take to answer, in milliseconds. */
const ANSWERS_MS = 2_000;

/** One start of a worker that was lost. */
interface Attempt {
  /** Whether it has failed, so that nothing more is to be done for it. */
  over: boolean;
  /** Resolves when it has failed, or the worker serves. */
  readonly ended: Promise<void>;
}

/** What the workers of an engine have in common. */
export interface SeatEnvironment {
  /** The module that a thread runs. */
  readonly module: URL;
  /** The shared extensions. */
  readonly host: RemoteHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a worker is to build, as the configuration is now. */
  job(worker: number): WorkerJob;
  port: EngineQuestions['port'];
  /** When extensions are replaced. */
  readonly turns: ReplacementTurns;
  /** The thread of a worker has ended, and with it its connections. */
  gone(worker: number): void;
  /** A server of a worker has so many connections. */
  connections(worker: number, key: string, open: number): void;
  /** How the workers beside one are. */
  others(worker: number): OtherWorkers;
  /** Told of everything that goes wrong after the start, as it happens. */
  onError(error: Error): void;
  /** Something beside the pipelines cannot go on. */
  fail(error: Error): void;
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
      return held;
    } catch (error) {
      await thread.terminate();
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
    this.#recovery.serves(this.#environment.clock.now());
    // It may have ended since it started.
    if (this.#thread === undefined) return;
    this.#watch(this.#thread);
    void endWhenSilent(this.#thread, this.#environment.clock, this.#stopping.signal);
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
    await this.#thread?.leave();
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
    const stuck = this.#isStuck(limitMs, over.signal).then(() => {
      throw new Error('it does not answer, so its thread was ended');
    });
    try {
      await Promise.race([this.#recovering.then(() => this.#thread && question(this.#thread)), stuck]);
    } catch (cause) {
      const thread = this.#thread;
      this.#thread = undefined;
      this.#note(new Error(`worker ${this.worker} could not be stopped: ${reasonOf(cause)}`, { cause }));
      await thread?.terminate();
    } finally {
      over.abort();
      stuck.catch(() => {});
    }
  }

  /** Resolves when a worker should have answered long ago. Rejects when the signal aborts. */
  async #isStuck(limitMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#environment;
    const patient = clock.sleep(limitMs + GIVES_UP_MS, signal);
    await Promise.race([patient, this.#forced.promise]);
    await clock.sleep(ANSWERS_MS, signal);
  }

  #spawn(): WorkerThread {
    const { module, host, logger, port, connections, onError } = this.#environment;
    const { worker } = this;
    const answers: EngineQuestions = {
      log: ({ level, message, fields }) => logger[level](message, fields),
      failed: ({ pipeline, error }) => this.#failed(pipeline, fromCrossing(error)),
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

  #failed(pipeline: number | undefined, error: Error): void {
    const failed = pipeline === undefined ? undefined : this.#pipelines[pipeline];
    if (failed === undefined) this.#environment.fail(error);
    else failed.fail(error);
  }

  #watch(thread: WorkerThread): void {
    void thread.ended.then((reason) => {
      if (this.#stopping.signal.aborted || this.#thread !== thread) return;
      this.#thread = undefined;
      this.#serves = false;
      this.#environment.gone(this.worker);
      this.#recovering = this.#recover(reason);
    });
  }

  /** Starts threads until one serves, or too many have not. Never rejects. */
  async #recover(firstReason: string): Promise<void> {
    const { clock, logger, others, fail } = this.#environment;
    const { worker } = this;
    for (let reason = firstReason; !this.#stopping.signal.aborted; ) {
      const delayMs = this.#recovery.ended(clock.now());
      if (delayMs === undefined) {
        fail(workerErrors.goneForGood(worker, reason, others(worker), this.#recovery.mostRestarts));
        return;
      }
      this.#note(workerErrors.gone(worker, reason, others(worker), delayMs));
      await clock.sleep(delayMs, this.#stopping.signal).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      const failure = await this.#restart();
      if (failure === undefined) {
        logger.info('the worker serves again', { worker });
        return;
      }
      reason = failure;
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
      await thread?.terminate();
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
      for (const pipeline of this.#pipelines) await this.start(pipeline);
      const serves = await turns.between((revision) => {
        if (attempt.over || revision !== built) return false;
        this.serve();
        return true;
      });
      if (serves || attempt.over) return;
      // An extension was replaced in the others meanwhile. Whoever replaces one all the time waits for the next start.
      if (!again) turns.hold(attempt.ended);
      await this.#thread?.terminate();
    }
  }

  #note(error: Error): void {
    const { logger, onError } = this.#environment;
    logger.error(error.message, { worker: this.worker });
    onError(error);
  }
}
