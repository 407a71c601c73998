import type { Container } from 'inversify';
import { whenAborted } from '../extension/abort.js';
import { Clock } from '../extension/clock.js';
import { ExtensionScope } from '../extension/extension-scope.js';
import type { Logger } from '../extension/logger.js';
import { pipelineErrors } from './errors.js';
import { alone, type Listening } from './listening.js';
import { Nack } from './nack.js';
import { type BuiltNodes, buildNodes } from './node-builder.js';
import type { PipelinePlan } from './plan.js';
import { PipelineCounters, type PipelineSummary } from './summary.js';

/** How long nodes have to give up after they were told to, in milliseconds. */
const GIVE_UP_MS = 1_000;

/** How long they have when the end is forced. */
const FORCED_GIVE_UP_MS = 500;

export interface StopOptions {
  /** How long the data may take to drain, in milliseconds. */
  readonly drainMs: number;
  /** Aborts when there is no more time to wait, such as on a second signal. */
  readonly force?: AbortSignal;
}

/** Where a pipeline runs, when that is not alone in its process. */
export interface PipelinePlace {
  /** Counts its items, for others to read. */
  readonly counters?: PipelineCounters;
  /** How its receivers listen. */
  readonly listening?: Listening;
}

/** One pipeline of an engine: its extensions, its nodes, and the data between them. Runs once. */
export class Pipeline {
  readonly group: string;
  readonly id: string;
  /** Resolves with what went wrong when the pipeline cannot go on. */
  readonly failed: Promise<Error>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #scope: ExtensionScope;
  readonly #nodes: BuiltNodes;
  readonly #counters: PipelineCounters;
  readonly #giveUp = new AbortController();
  readonly #fail: (error: Error) => void;
  readonly #onError: (error: Error) => void;
  readonly #errors = new Set<Error>();
  /** What `failed` resolved with. */
  #told: Error | undefined;
  #prepared = false;
  #starting: Promise<void> = Promise.resolve();
  /** Of the data path; absent before it was started. */
  #running: Promise<unknown> | undefined;

  /**
   * Builds every extension and every node. Nothing runs yet and no I/O is done.
   *
   * @param outer the group's scope, or the engine's container, which binds `Clock` and `Logger`
   * @param onError told of everything that goes wrong after the start, as it happens; twice of some
   * @throws ExtensionError or PipelineError naming what could not be created
   */
  constructor(
    plan: PipelinePlan,
    outer: ExtensionScope | Container,
    onError: (error: Error) => void = () => {},
    { counters = new PipelineCounters(), listening = alone }: PipelinePlace = {},
  ) {
    this.#counters = counters;
    this.group = plan.group;
    this.id = plan.id;
    const failed = Promise.withResolvers<Error>();
    this.failed = failed.promise;
    this.#onError = onError;
    this.#fail = (error) => {
      this.#told ??= error;
      this.#note(error);
      failed.resolve(error);
    };
    const { group, id: pipeline } = plan;
    this.#scope = new ExtensionScope({ group, pipeline }, plan.extensions, outer, this.#fail, onError);
    this.#logger = this.#scope.logger;
    this.#clock = this.#scope.container.get<Clock>(Clock.id);
    this.#nodes = buildNodes(plan, {
      scope: this.#scope,
      counters: this.#counters,
      signal: this.#giveUp.signal,
      listening,
    });
    // Nodes may have asked for more by name while they were built; who asks later is too late.
    this.#scope.registry.seal();
  }

  /** The pipeline's own extensions. */
  get extensions(): ExtensionScope {
    return this.#scope;
  }

  get summary(): PipelineSummary {
    return this.#counters.summary(this.group, this.id);
  }

  /**
   * Starts the extensions and waits for their barrier.
   *
   * @throws ExtensionError, or an AggregateError for several; `stop` ends what runs then
   */
  prepare(): Promise<void> {
    this.#starting = this.#scope.lifecycle.start().then(() => {
      this.#prepared = true;
    });
    return this.#starting;
  }

  /**
   * Starts the data path. Resolves when every receiver takes data.
   *
   * @throws PipelineError; `stop` ends what runs then
   */
  start(): Promise<void> {
    this.#starting = this.#startDataPath();
    return this.#starting;
  }

  /**
   * Stops the receivers (also while the pipeline is starting), drains the data path, then stops the extensions.
   *
   * @returns what went wrong since the start; it is logged too, except what `failed` told
   */
  async stop(options: StopOptions): Promise<readonly Error[]> {
    const { force } = options;
    for (const receiver of this.#nodes.receivers) receiver.stop();
    if (!this.#prepared) await this.#stopExtensions(force);
    // Whoever called `start` is told of its failure.
    const started = this.#starting.catch(() => {});
    await (force === undefined ? started : Promise.race([started, whenAborted(force)]));
    if (!(await this.#drained(options))) {
      await this.#abandon(force?.aborted === true ? FORCED_GIVE_UP_MS : GIVE_UP_MS);
    }
    await this.#stopExtensions(force);
    for (const capabilities of this.#nodes.capabilities) capabilities.dispose();
    for (const error of this.#errors) {
      if (error !== this.#told) this.#logger.error(error.message, { error });
    }
    return [...this.#errors];
  }

  async #stopExtensions(force: AbortSignal | undefined): Promise<void> {
    for (const error of await this.#scope.lifecycle.stop(force)) this.#note(error);
  }

  async #startDataPath(): Promise<void> {
    const { consumers, receivers } = this.#nodes;
    const consuming = consumers.map((consumer) =>
      consumer
        .run()
        .catch((cause: unknown) =>
          this.#note(pipelineErrors.endFailed(this.#scope.name, consumer.plan, cause)),
        ),
    );
    const receiving = receivers.map((receiver) =>
      receiver.run().catch((error: Error) => {
        this.#note(error);
        this.#fail(error);
      }),
    );
    this.#running = Promise.all([...consuming, ...receiving]);
    await Promise.all(receivers.map((receiver) => receiver.ready(this.#clock)));
    const [error] = this.#errors;
    if (error !== undefined) throw error;
  }

  async #drained({ drainMs, force }: StopOptions): Promise<boolean> {
    if (this.#running === undefined) return true;
    const started = this.#clock.now();
    const timeUp = Promise.withResolvers<false>();
    const giveUp = (): void => timeUp.resolve(false);
    using _timer = this.#clock.setTimeout(giveUp, drainMs);
    force?.addEventListener('abort', giveUp, { once: true });
    if (force?.aborted === true) giveUp();
    const drained = await Promise.race([this.#running.then(() => true), timeUp.promise]);
    force?.removeEventListener('abort', giveUp);
    if (!drained) this.#note(pipelineErrors.notDrained(this.#scope.name, this.#clock.now() - started));
    return drained;
  }

  /** Tells everything that still runs to give up, and counts what is lost by it. */
  async #abandon(giveUpMs: number): Promise<void> {
    const reason = Nack.retryable('the pipeline was stopped before the data could be delivered');
    this.#giveUp.abort(reason);
    for (const channel of this.#nodes.channels) {
      for (const message of channel.abort(reason)) {
        this.#counters.dropped += message.pdata.itemCount;
        message.nack(reason);
      }
    }
    const timeUp = Promise.withResolvers<void>();
    using _timer = this.#clock.setTimeout(timeUp.resolve, giveUpMs);
    await Promise.race([this.#running, timeUp.promise]);
    for (const exporter of this.#nodes.exporters) exporter.abandon(reason);
  }

  #note(error: Error): void {
    this.#errors.add(error);
    this.#onError(error);
  }
}
