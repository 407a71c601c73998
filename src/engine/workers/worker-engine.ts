import { Container } from 'inversify';
import type { CatalogSource } from '../../extension/catalog.js';
import { Clock, SystemClock } from '../../extension/clock.js';
import type { ExtensionScope } from '../../extension/extension-scope.js';
import { Logger } from '../../extension/logger.js';
import type { ExtensionPlan, StandIn } from '../../extension/plan.js';
import { RemoteClient } from '../../extension/remote/client.js';
import { Pipeline } from '../../pipeline/pipeline.js';
import { COUNTERS, PipelineCounters } from '../../pipeline/summary.js';
import { findScope } from '../replace.js';
import { allScopes, SharedScopes } from '../scopes.js';
import { ControlLink } from './control-link.js';
import { toCrossing } from './crossing-error.js';
import { ForwardingLogger } from './forwarding-logger.js';
import type {
  EngineQuestions,
  ExtensionName,
  PipelineIndex,
  Reconfigured,
  WorkerJob,
  WorkerQuestions,
} from './questions.js';
import { SharedListening } from './shared-listening.js';
import type { WorkerData } from './worker-data.js';
import { workerPlans } from './worker-plans.js';
import { WorkerReplacements } from './worker-replacements.js';

/** The part of an engine in one worker thread: its pipelines, and the extensions that live with them. */
export class WorkerEngine implements WorkerQuestions {
  readonly #builtIns: CatalogSource;
  readonly #link: ControlLink<EngineQuestions>;
  readonly #client: RemoteClient;
  readonly #counters: SharedArrayBuffer;
  readonly #clock = new SystemClock();
  readonly #container = new Container();
  readonly #listening: SharedListening;
  readonly #force = new AbortController();
  readonly #replacements: WorkerReplacements;
  /** The shared extensions that something here holds. */
  readonly #held = new Map<string, ExtensionName>();
  /** What the engine was told of: some errors come from two sides. */
  readonly #told = new WeakSet<Error>();
  #shared: SharedScopes | undefined;
  #pipelines: readonly Pipeline[] = [];

  constructor({ worker, control, calls, counters }: WorkerData, builtIns: CatalogSource) {
    this.#builtIns = builtIns;
    this.#link = new ControlLink(control, this, (error) => this.#tellMishap(error));
    this.#client = new RemoteClient(calls);
    this.#counters = counters;
    this.#listening = new SharedListening(this.#link, this.#clock);
    this.#replacements = new WorkerReplacements((scope) => findScope(this.#scopes, scope));
    this.#container.bind(Logger.id).toConstantValue(new ForwardingLogger(this.#link, { worker }));
    this.#container.bind(Clock.id).toConstantValue(this.#clock);
  }

  async build(job: WorkerJob): Promise<readonly ExtensionName[]> {
    const plans = await workerPlans(job, this.#builtIns, (plan) => this.#lead(plan));
    const shared = new SharedScopes(plans, this.#container, this.#tellMishap);
    void shared.failed.then((error) => this.#tellFailure(undefined, error));
    this.#shared = shared;
    this.#pipelines = plans.pipelines.map((plan, index) => {
      const { group, id } = plan;
      const cells = new Float64Array(
        this.#counters,
        index * COUNTERS * Float64Array.BYTES_PER_ELEMENT,
        COUNTERS,
      );
      const pipeline = new Pipeline(plan, shared.around(group), this.#tellMishap, {
        counters: new PipelineCounters(cells),
        listening: this.#listening.of({ group, pipeline: id }),
      });
      void pipeline.failed.then((error) => this.#tellFailure(index, error));
      return pipeline;
    });
    shared.seal();
    return [...this.#held.values()];
  }

  async startShared(): Promise<void> {
    await this.#shared?.start();
  }

  async prepare(pipeline: PipelineIndex): Promise<void> {
    await this.#pipelines[pipeline]?.prepare();
    this.#tellStatuses();
  }

  async start(pipeline: PipelineIndex): Promise<void> {
    await this.#pipelines[pipeline]?.start();
  }

  async stop({ pipeline, drainMs }: { pipeline: PipelineIndex; drainMs: number }): Promise<void> {
    await this.#pipelines[pipeline]?.stop({ drainMs, force: this.#force.signal });
    this.#tellStatuses();
  }

  force(): void {
    this.#force.abort();
  }

  async stopShared(): Promise<void> {
    await this.#shared?.stop(this.#force.signal);
    this.#tellStatuses();
  }

  replace(next: Reconfigured): Promise<void> {
    return this.#replacements.prepare(next);
  }

  confirm(extension: ExtensionName): void {
    this.#replacements.confirm(extension);
  }

  async decide(decision: ExtensionName & { readonly agreed: boolean }): Promise<boolean> {
    const replaced = await this.#replacements.decide(decision);
    this.#tellStatuses();
    return replaced;
  }

  async replaced({ scope, name }: ExtensionName): Promise<void> {
    const { lifecycle, registry } = findScope(this.#scopes, scope);
    const plan = registry.own(name)?.plan;
    // Leads to the same place; what is read from a stream is read anew there.
    if (plan !== undefined) await lifecycle.replace({ ...plan });
  }

  pulse(): void {}

  retireOne({ key }: { readonly key: string }): void {
    this.#listening.retireOne(key);
  }

  /** Lets go of what keeps the thread alive. What is stuck in spite of that is ended from outside. */
  leave(): void {
    this.#client.close('the worker has stopped');
    this.#link.close(new Error('the worker has stopped'));
  }

  exit(): void {
    process.exit(1);
  }

  get #scopes(): readonly ExtensionScope[] {
    return this.#shared === undefined ? [] : allScopes(this.#shared, this.#pipelines);
  }

  /** Leads to a shared extension, and notes that somebody holds it. */
  #lead({ scope, name, descriptor }: ExtensionPlan): StandIn {
    return (trait, consumer) => {
      this.#held.set(JSON.stringify([scope, name]), { scope, name });
      const own = descriptor.instancing === 'per_consumer' ? (consumer ?? '') : '';
      return this.#client.instance({ scope, extension: name, trait: trait.name, consumer: own }, trait);
    };
  }

  #tellFailure(pipeline: PipelineIndex | undefined, error: Error): void {
    this.#told.add(error);
    this.#link.tell('failed', { pipeline, error: toCrossing(error) });
    this.#tellStatuses();
  }

  readonly #tellMishap = async (error: Error): Promise<void> => {
    // It may be told as the failure of a pipeline too, which happens one step after this one.
    await undefined;
    await undefined;
    if (this.#told.has(error)) return;
    this.#told.add(error);
    this.#link.tell('mishap', { error: toCrossing(error) });
  };

  #tellStatuses(): void {
    const own = this.#scopes.flatMap(({ lifecycle, registry }) =>
      lifecycle.statuses.filter(({ name }) => registry.own(name)?.plan.standIn === undefined),
    );
    this.#link.tell('statuses', own);
  }
}
