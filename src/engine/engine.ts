import { Container } from 'inversify';
import { ConfigError } from '../config/config-error.js';
import type { FileVersion } from '../config/sources/file-version.js';
import { whenAborted } from '../extension/abort.js';
import { Clock, SystemClock } from '../extension/clock.js';
import { combineErrors } from '../extension/errors.js';
import type { ExtensionScope } from '../extension/extension-scope.js';
import { Logger } from '../extension/logger.js';
import type { ScopeName } from '../extension/scope.js';
import type { ExtensionStatus } from '../extension/status.js';
import type { PipelineSummary } from '../pipeline/summary.js';
import { type BuiltEngine, buildEngine } from './build-engine.js';
import {
  type EngineConfig,
  type EngineDefaults,
  type EngineOptions,
  type EngineStopOptions,
  planRequest,
} from './options.js';
import type { PipelineHost } from './pipeline-host.js';
import { type EnginePlan, planEngine } from './plan.js';
import { applyChanges, compare, type ReloadReport, type Running } from './reload.js';
import { findScope, planReplacement } from './replace.js';
import { allScopes, type SharedScopes } from './scopes.js';

/** How long the data may take to drain when `stop` is not told otherwise, in milliseconds. */
export const DEFAULT_DRAIN_MS = 60_000;

/**
 * How long a pipeline at most drains before the one declared before it begins to stop, in milliseconds: long
 * enough to hand over its data when that one receives it, short enough not to hold up the others when it is stuck.
 */
const HEAD_START_MS = 5_000;

type State = 'built' | 'starting' | 'running' | 'stopping' | 'stopped';

/** Pipelines that run together in one process. Runs once: build another to run again. */
export class Engine {
  /** Resolves with what went wrong when a pipeline cannot go on. The others still run; `stop` drains them. */
  readonly failed: Promise<Error>;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #plan: Running;
  #configFiles: ReadonlyMap<string, FileVersion>;
  #reloading: Promise<unknown> = Promise.resolve();
  readonly #replan: BuiltEngine['replan'];
  readonly #shared: SharedScopes;
  readonly #host: PipelineHost;
  #state: State = 'built';
  #stopped: Promise<readonly PipelineSummary[]> | undefined;
  readonly #force = new AbortController();
  readonly #errors: Set<Error>;
  #keepAlive: NodeJS.Timeout | undefined;

  private constructor({ plan, container, shared, host, errors, replan }: BuiltEngine) {
    this.#logger = container.get<Logger>(Logger.id);
    this.#clock = container.get<Clock>(Clock.id);
    // No more of the plan: its texts are not needed any longer.
    this.#plan = { pipelines: plan.pipelines, plugins: plan.plugins };
    this.#configFiles = plan.files;
    this.#replan = replan;
    this.#shared = shared;
    this.#host = host;
    this.#errors = errors;
    this.failed = this.#firstFailure();
  }

  /**
   * Reads and checks a configuration and builds everything in it. Nothing runs yet and no socket is open.
   *
   * @throws ConfigError with everything that is wrong in the configuration; its message shows each with its place
   * @throws CatalogError when a plugin cannot be loaded or two components claim one URN
   * @throws ExtensionError or PipelineError when a constructor threw
   */
  static async create(
    config: EngineConfig,
    options: EngineOptions,
    defaults: EngineDefaults,
  ): Promise<Engine> {
    const request = planRequest(config, options, defaults);
    const plan = await planEngine(request);
    mustBeSound(plan);
    const logger = options.logger ?? (await defaults.logger());
    logWarnings(plan, logger);
    const container = new Container(options.container === undefined ? {} : { parent: options.container });
    container.bind(Logger.id).toConstantValue(logger);
    container.bind(Clock.id).toConstantValue(options.clock ?? new SystemClock());
    const replan = (next: EngineConfig | undefined): Promise<EnginePlan> =>
      planEngine({ ...planRequest(next ?? config, options, defaults), again: true });
    return new Engine(await buildEngine({ plan, request, container, worker: defaults.worker, replan }));
  }

  /** What became of the data of each pipeline so far. */
  get summary(): readonly PipelineSummary[] {
    return this.#host.pipelines.map((pipeline) => pipeline.summary);
  }

  /**
   * Everything that went wrong since the start, in the order in which it did: what failed to start, what failed while it served,
   * what was not drained, what failed to stop or was left to itself. All of it is in the log too, but for what `start` and
   * `failed` told. A replacement or a reload that is refused is not among them: whoever asked for it is told, and nothing has
   * changed.
   */
  get errors(): readonly Error[] {
    return [...this.#errors];
  }

  /**
   * The files that the configuration was read from, `${file:...}` among them, when it was read last: by absolute path
   * the version of each as it was before. After a reload that was refused they are the files that one wanted, also
   * those that are missing.
   */
  get configFiles(): ReadonlyMap<string, FileVersion> {
    return this.#configFiles;
  }

  /** How each extension that was created is: those of the engine, of its groups, then of its pipelines. */
  get extensions(): readonly ExtensionStatus[] {
    return this.#host.statuses(this.#scopes.flatMap(({ lifecycle }) => lifecycle.statuses));
  }

  /**
   * Replaces an extension by one with another configuration while everything else runs. The new instance is built and
   * made ready beside the old one; then all consumers are led to it at once, and the old one stops after its last call.
   * Nothing is lost or refused for it. When this rejects, the old instance serves as before.
   *
   * @param scope where it is declared: `{}` in the engine, `{ group }`, or `{ group, pipeline }`
   * @param config all of its configuration, as it would stand in a file, without `${...}`
   * @throws ConfigError when its schema refuses the configuration; ExtensionError when there is no such extension, or
   * when the new instance cannot be created, does not start, or is not ready in time
   *
   * @example
   * await engine.replaceExtension({ group: 'default', pipeline: 'main' }, 'auth', { token: next });
   */
  async replaceExtension(scope: ScopeName, name: string, config: unknown): Promise<void> {
    this.#mustRun();
    const found = findScope(this.#scopes, scope);
    await this.#host.replace(found, planReplacement(found, name, config));
  }

  /**
   * Reads the configuration again and replaces the extensions whose own `config` differs from what runs, those that
   * `replaceExtension` changed among them. What else changed is named in the answer and stays as it is until a restart.
   * Reloads run one after another; the last one counts.
   *
   * @param config in place of what the engine was made from
   * @throws ConfigError with everything that is wrong in it; nothing has changed then
   */
  reload(config?: EngineConfig): Promise<ReloadReport> {
    if (config === null)
      return Promise.reject(new TypeError('a configuration is a source, an object, or a list of them'));
    const turn = this.#reloading.then(() => this.#reload(config));
    this.#reloading = turn.catch(() => {});
    return turn;
  }

  /**
   * Starts every pipeline: first the extensions of all, the engine's before those of groups and those before the
   * pipelines' own; then the data paths in the order in which the
   * pipelines were declared, so that one that sends to another in this process stands after it. Resolves when all
   * receivers take data. When something cannot start, all is stopped before this rejects.
   *
   * @throws ExtensionError, PipelineError, or an AggregateError when several pipelines failed
   */
  async start(): Promise<void> {
    if (this.#state !== 'built') throw new Error(`the engine is ${this.#state}; an engine runs once`);
    this.#state = 'starting';
    this.#keepAlive = setInterval(() => {}, 2 ** 30);
    try {
      await this.#startAll();
      if (this.#state === 'starting') this.#state = 'running';
    } catch (error) {
      // A start that was cut short by a stop is no failure.
      if (this.#stopped === undefined) for (const each of failuresIn(error)) this.#errors.add(each);
      await this.stop();
      throw error;
    }
  }

  /**
   * Drains and stops every pipeline, also while they start, in reverse order of declaration. Calling it again
   * gives the same promise; the `force` of each call counts.
   *
   * @returns what became of the data of each pipeline
   */
  stop(options: EngineStopOptions = {}): Promise<readonly PipelineSummary[]> {
    const { drainMs = DEFAULT_DRAIN_MS, force } = options;
    const stopped = this.#stopped ?? this.#stopAll(drainMs);
    this.#stopped = stopped;
    if (force !== undefined) this.#forceWith(force, stopped);
    return stopped;
  }

  /** The error of the pipeline that fails first. Those of others are logged, for nobody else hears of them. */
  async #firstFailure(): Promise<Error> {
    const pipelines = this.#host.pipelines.map((pipeline) => pipeline.failed);
    const failures = [this.#shared.failed, this.#host.failed, ...pipelines];
    const first = await Promise.race(failures);
    for (const failure of failures) {
      void failure.then((error) => {
        if (error !== first) this.#logger.error(error.message, { error });
      });
    }
    return first;
  }

  async #reload(config: EngineConfig | undefined): Promise<ReloadReport> {
    this.#mustRun();
    const next = await this.#replan(config);
    this.#configFiles = next.files;
    mustBeSound(next);
    logWarnings(next, this.#logger);
    return await applyChanges(compare(this.#scopes, this.#plan, next), (scope, plan) =>
      this.#host.replace(scope, plan),
    );
  }

  get #scopes(): readonly ExtensionScope[] {
    return allScopes(this.#shared, this.#host.pipelines);
  }

  #mustRun(): void {
    if (this.#state !== 'running') {
      throw new Error(`the engine is ${this.#state}; extensions can be replaced while it is running`);
    }
  }

  async #startAll(): Promise<void> {
    await this.#shared.start();
    this.#mustGoOn();
    await this.#host.start();
    this.#mustGoOn();
    const failures: Error[] = [];
    const preparing = this.#host.pipelines.map((pipeline) =>
      pipeline.prepare().catch((error: Error) => {
        failures.push(error);
        throw error;
      }),
    );
    // The first failure ends the wait for the others; those that fail with it are reported with it.
    await Promise.all(preparing).catch(() => {});
    const [first, ...others] = failures;
    if (first !== undefined) {
      throw combineErrors(`${others.length + 1} pipelines failed to start:`, [first, ...others]);
    }
    for (const pipeline of this.#host.pipelines) {
      this.#mustGoOn();
      await pipeline.start();
    }
    this.#host.serve();
  }

  #mustGoOn(): void {
    if (this.#stopped !== undefined) throw new Error('the engine was stopped before it had started');
  }

  #forceWith(signal: AbortSignal, stopped: Promise<unknown>): void {
    const force = (): void => this.#force.abort();
    if (signal.aborted) force();
    signal.addEventListener('abort', force, { once: true });
    // The signal may live longer than the engine.
    const forget = (): void => signal.removeEventListener('abort', force);
    stopped.then(forget, forget);
  }

  async #stopAll(drainMs: number): Promise<readonly PipelineSummary[]> {
    const force = this.#force.signal;
    const forced = whenAborted(force);
    this.#state = 'stopping';
    // One that was never started is stopped too, and nothing else may keep the process alive until then.
    this.#keepAlive ??= setInterval(() => {}, 2 ** 30);
    this.#logger.debug('stopping', { drainMs });
    const deadline = this.#clock.now() + drainMs;
    const { pipelines } = this.#host;
    this.#host.forceWith(force);
    const headStartMs = Math.min(HEAD_START_MS, drainMs / (2 * pipelines.length));
    const stopping: Promise<unknown>[] = [];
    for (const pipeline of [...pipelines].reverse()) {
      const left = Math.max(0, deadline - this.#clock.now());
      const stopped = pipeline.stop({ drainMs: left, force });
      stopping.push(stopped);
      const headStart = Promise.withResolvers<void>();
      using _timer = this.#clock.setTimeout(headStart.resolve, headStartMs);
      await Promise.race([stopped, headStart.promise, forced]);
    }
    await Promise.all(stopping);
    await this.#host.stop();
    await this.#shared.stop(force);
    clearInterval(this.#keepAlive);
    this.#state = 'stopped';
    return this.summary;
  }
}

function mustBeSound({ diagnostics, sources }: EnginePlan): void {
  if (diagnostics.hasErrors) throw new ConfigError(diagnostics.sorted(), sources);
}

/** Several failures may have been thrown as one. */
function failuresIn(error: unknown): readonly Error[] {
  return error instanceof AggregateError ? error.errors.flatMap(failuresIn) : [error as Error];
}

/** A plan that is fit to be built has nothing but warnings. */
function logWarnings({ diagnostics }: EnginePlan, logger: Logger): void {
  for (const { message, code, location } of diagnostics.sorted()) logger.warn(message, { code, ...location });
}
