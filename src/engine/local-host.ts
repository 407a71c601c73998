import type { ExtensionScope } from '../extension/extension-scope.js';
import type { ExtensionPlan } from '../extension/plan.js';
import type { ExtensionStatus } from '../extension/status.js';
import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelinePlan } from '../pipeline/plan.js';
import type { PipelineHost } from './pipeline-host.js';
import type { SharedScopes } from './scopes.js';

/** Runs every pipeline in the thread of the engine. */
export class LocalHost implements PipelineHost {
  readonly pipelines: readonly Pipeline[];
  /** Nothing is beside the pipelines. */
  readonly failed = new Promise<Error>(() => {});

  /** @throws ExtensionError or PipelineError naming what could not be created */
  constructor(plans: readonly PipelinePlan[], shared: SharedScopes, onError: (error: Error) => void) {
    this.pipelines = plans.map((plan) => new Pipeline(plan, shared.around(plan.group), onError));
  }

  async start(): Promise<void> {}

  serve(): void {}

  /** Each pipeline is told of it at its stop. */
  forceWith(): void {}

  async stop(): Promise<void> {}

  async replace({ lifecycle, registry }: ExtensionScope, plan: ExtensionPlan): Promise<boolean> {
    await lifecycle.replace(plan);
    // One that nothing uses has no instance: its plan is kept for whoever asks for it.
    return registry.own(plan.name)?.isCreated === true;
  }

  statuses(own: readonly ExtensionStatus[]): readonly ExtensionStatus[] {
    return own;
  }
}
