import { availableParallelism } from 'node:os';
import type { Container } from 'inversify';
import { Clock } from '../extension/clock.js';
import { Logger } from '../extension/logger.js';
import { LocalHost } from './local-host.js';
import type { EngineConfig } from './options.js';
import type { PipelineHost } from './pipeline-host.js';
import type { EnginePlan, PlanRequest } from './plan.js';
import { SharedScopes } from './scopes.js';
import { checkCrossing } from './workers/check-crossing.js';
import { instancesOf } from './workers/cores.js';
import { hostedPlans } from './workers/hosted-plans.js';
import { WorkerHost } from './workers/worker-host.js';

export interface BuildRequest {
  readonly plan: EnginePlan;
  /** What the plan was made from. */
  readonly request: PlanRequest;
  /** Binds `Clock` and `Logger`. */
  readonly container: Container;
  /** The module that worker threads run; `undefined` where there is none. */
  readonly worker: URL | undefined;
  /** Plans a changed configuration, or the same sources once more. What is wrong stands in the plan. */
  readonly replan: (config: EngineConfig | undefined) => Promise<EnginePlan>;
}

/** Everything of an engine, none of it running. */
export interface BuiltEngine extends Pick<BuildRequest, 'container' | 'replan'> {
  /** What runs in the thread of the engine. */
  readonly plan: EnginePlan;
  readonly shared: SharedScopes;
  readonly host: PipelineHost;
  /** Everything that goes wrong after the start, as it happens. */
  readonly errors: Set<Error>;
}

/**
 * Builds a plan: in this thread, or, when a pipeline is to run on several cores, all pipelines in worker threads.
 *
 * @throws CatalogError when a class cannot be had in a worker thread
 * @throws ExtensionError or PipelineError when a constructor threw
 */
export async function buildEngine(build: BuildRequest): Promise<BuiltEngine> {
  const { plan, container, replan } = build;
  const errors = new Set<Error>();
  const onError = (error: Error): void => {
    errors.add(error);
  };
  const most = Math.max(0, ...plan.pipelines.map(({ spec }) => instancesOf(spec.policies.coreAllocation)));
  if (most <= 1) {
    const shared = new SharedScopes(plan, container, onError);
    const host = new LocalHost(plan.pipelines, shared, onError);
    shared.seal();
    return { plan, container, shared, host, errors, replan };
  }
  const { module, spec } = checkCrossing(build);
  const logger = container.get<Logger>(Logger.id);
  if (most > availableParallelism()) {
    logger.warn('a pipeline has more instances than there are cores; they share them', {
      instances: most,
      cores: availableParallelism(),
    });
  }
  const hosted = hostedPlans(plan);
  const shared = new SharedScopes(hosted, container, onError);
  const { plugins, scanPlugins = false, directory } = build.request;
  const host = await WorkerHost.open({
    module,
    spec,
    plans: hosted,
    plugins: { plugins, scanPlugins, directory },
    shared,
    clock: container.get<Clock>(Clock.id),
    logger,
    onError,
  });
  shared.seal();
  return {
    plan: hosted,
    container,
    shared,
    host,
    errors,
    replan: async (config) => hostedPlans(await replan(config)),
  };
}
