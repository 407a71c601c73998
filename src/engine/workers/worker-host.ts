import type { EngineSpec } from '../../config/spec.js';
import { whenAborted } from '../../extension/abort.js';
import type { Clock } from '../../extension/clock.js';
import { combineErrors } from '../../extension/errors.js';
import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { Logger } from '../../extension/logger.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import type { ExtensionStatus } from '../../extension/status.js';
import type { PipelinePlan } from '../../pipeline/plan.js';
import { FirstFailure } from '../first-failure.js';
import type { PipelineHost } from '../pipeline-host.js';
import type { ScopePlans } from '../plan-scopes.js';
import { findScope } from '../replace.js';
import { allScopes, type SharedScopes } from '../scopes.js';
import { ConnectionBalance } from './connection-balance.js';
import { instancesOf, spread } from './cores.js';
import { crossingSpec } from './crossing-spec.js';
import { DistributedPipeline } from './distributed-pipeline.js';
import { mergedStatuses } from './merged-statuses.js';
import type { ExtensionName, WorkerJob } from './questions.js';
import { Recovery } from './recovery.js';
import { replaceInWorkers } from './replace-in-workers.js';
import { ReplacementTurns } from './replacement-turns.js';
import { Seat } from './seat.js';
import type { SeatEnvironment } from './seat-environment.js';
import { SharedHost } from './shared-host.js';
import { SharedPorts } from './shared-ports.js';
import { standInTypes } from './stand-ins.js';

export interface WorkerHostOptions {
  /** The module that a worker thread runs. */
  readonly module: URL;
  readonly spec: EngineSpec;
  /** What is built in the thread of the engine, by `hostedPlans`. */
  readonly plans: ScopePlans;
  /** Where workers find the plugins that the caller of the engine named. */
  readonly plugins: Pick<WorkerJob, 'plugins' | 'scanPlugins' | 'directory'>;
  readonly shared: SharedScopes;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of everything that goes wrong after the start, as it happens. */
  readonly onError: (error: Error) => void;
}

/** Runs the pipelines of an engine in worker threads, as many instances of each as its core allocation says. */
export class WorkerHost implements PipelineHost {
  readonly pipelines: readonly DistributedPipeline[];
  readonly failed: Promise<Error>;
  readonly #options: WorkerHostOptions;
  readonly #seats: readonly Seat[];
  /** Of each worker the indexes of its pipelines. */
  readonly #seating: readonly (readonly number[])[];
  readonly #ports = new SharedPorts();
  readonly #balances = new Map<string, ConnectionBalance>();
  readonly #turns = new ReplacementTurns();

  private constructor(options: WorkerHostOptions) {
    this.#options = options;
    const { plans, shared, clock, logger, onError } = options;
    const failed = new FirstFailure(logger, onError);
    this.failed = failed.promise;
    this.#seating = spread(plans.pipelines.map(({ spec }) => instancesOf(spec.policies.coreAllocation)));
    const environment: SeatEnvironment = {
      module: options.module,
      host: new SharedHost(() => this.#scopes),
      clock,
      logger,
      job: (worker) => this.#job(worker),
      port: (server) => this.#ports.portOf(server),
      turns: this.#turns,
      gone: (worker) => {
        for (const balance of this.#balances.values()) balance.leave(worker);
      },
      connections: (worker, key, open) => this.#balance(key).report(worker, open),
      onError,
      fail: failed.tell,
      others: (worker) => {
        const others = this.#seats.filter((seat) => seat.worker !== worker);
        return { all: others.length, serving: others.filter(({ serving }) => serving !== undefined).length };
      },
    };
    this.#seats = this.#seating.map((pipelines, worker) => {
      const [first, ...others] = this.#plansOf(worker).map(({ spec }) => spec.policies.recovery);
      // No worker is without a pipeline.
      const recovery = new Recovery([first as NonNullable<typeof first>, ...others]);
      return new Seat(worker, pipelines.length, recovery, environment);
    });
    this.pipelines = plans.pipelines.map((plan, index) => {
      const seats = this.#seats.filter(({ worker }) => this.#seating[worker]?.includes(index));
      return new DistributedPipeline(plan, shared.around(plan.group), seats, onError);
    });
    for (const [worker, seat] of this.#seats.entries()) {
      seat.seat((this.#seating[worker] ?? []).flatMap((index) => this.pipelines[index] ?? []));
    }
  }

  /**
   * Starts the threads and has them build everything. Nothing runs yet.
   *
   * @throws ExtensionError or PipelineError naming what could not be created, an AggregateError for several
   */
  static async open(options: WorkerHostOptions): Promise<WorkerHost> {
    const host = new WorkerHost(options);
    await host.#open();
    return host;
  }

  async start(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.startShared()));
  }

  serve(): void {
    for (const seat of this.#seats) seat.serve();
  }

  /** Tells the workers at once when the stop is forced, whatever they are doing. */
  forceWith(force: AbortSignal): void {
    void whenAborted(force).then(() => {
      for (const seat of this.#seats) seat.force();
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.close()));
    for (const balance of this.#balances.values()) balance.close();
  }

  replace(scope: ExtensionScope, plan: ExtensionPlan): Promise<boolean> {
    const extension = { scope: scope.name, name: plan.name };
    return this.#turns.take(extension, () => this.#replace(scope, plan));
  }

  async #replace(scope: ExtensionScope, plan: ExtensionPlan): Promise<boolean> {
    // One that is still being started looks at its end whether it was built from something else.
    const threads = this.#seats.flatMap(({ serving }) => serving ?? []);
    if (plan.descriptor.execution === 'local') return await replaceInWorkers(scope, plan, threads);
    await scope.lifecycle.replace(plan);
    for (const { link } of threads) link.tell('replaced', { scope: scope.name, name: plan.name });
    return scope.registry.own(plan.name)?.isCreated === true;
  }

  statuses(own: readonly ExtensionStatus[]): readonly ExtensionStatus[] {
    return mergedStatuses([own, ...this.#seats.map(({ statuses }) => statuses)]);
  }

  async #open(): Promise<void> {
    try {
      const opened = await Promise.allSettled(this.#seats.map((seat) => seat.open()));
      const failures = opened.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as Error] : [],
      );
      const [first, ...others] = distinct(failures);
      if (first !== undefined) throw combineErrors('workers could not be built:', [first, ...others]);
      for (const result of opened) if (result.status === 'fulfilled') this.#createHeld(result.value);
    } catch (error) {
      await Promise.all(this.#seats.map(({ thread }) => thread?.end()));
      throw error;
    }
  }

  /** Creates the shared extensions that constructors in workers asked for by name; others bind them in `capabilities:`. */
  #createHeld(held: readonly ExtensionName[]): void {
    for (const { scope, name } of held) findScope(this.#scopes, scope).registry.own(name)?.create();
  }

  get #scopes(): readonly ExtensionScope[] {
    return allScopes(this.#options.shared, this.pipelines);
  }

  #plansOf(worker: number): readonly PipelinePlan[] {
    const { pipelines } = this.#options.plans;
    return (this.#seating[worker] ?? []).flatMap((index) => pipelines[index] ?? []);
  }

  #job(worker: number): WorkerJob {
    const { spec, plugins } = this.#options;
    const slots = this.#scopes.flatMap(({ registry }) => registry.slots);
    const planOf = (scope: ExtensionScope['name'], name: string): ExtensionPlan | undefined =>
      findScope(this.#scopes, scope).registry.own(name)?.plan;
    return {
      ...plugins,
      spec: crossingSpec(spec, this.#plansOf(worker), planOf),
      standIns: standInTypes(slots.map(({ plan }) => plan)),
    };
  }

  #balance(key: string): ConnectionBalance {
    const known = this.#balances.get(key);
    if (known !== undefined) return known;
    const { clock } = this.#options;
    const balance = new ConnectionBalance(clock, (worker) =>
      this.#seats[worker]?.thread?.link.tell('retireOne', { key }),
    );
    this.#balances.set(key, balance);
    return balance;
  }
}

/** Workers that build the same fail in the same way, which is said once. */
function distinct(errors: readonly Error[]): readonly Error[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}
