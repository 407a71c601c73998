import type { EngineSpec } from '../config/spec.js';
import { type DeclaredExtension, DeclaredScope, type PlanContext } from '../extension/declared-scope.js';
import { reportCycles } from '../extension/dependency-cycles.js';
import type { ExtensionPlan } from '../extension/plan.js';
import { type PipelinePlan, planPipeline } from '../pipeline/plan.js';

/** What to build in each scope. */
export interface ScopePlans {
  /** Of the engine. */
  readonly extensions: readonly ExtensionPlan[];
  readonly groups: readonly GroupPlan[];
  readonly pipelines: readonly PipelinePlan[];
}

export interface GroupPlan {
  readonly id: string;
  readonly extensions: readonly ExtensionPlan[];
}

/**
 * Plans every scope of a configuration. What the extensions of a scope bind is checked against that scope and the wider
 * ones; which of them are used is known when every pipeline has been planned.
 */
export function planScopes(spec: EngineSpec, context: PlanContext): ScopePlans {
  const { catalog, diagnostics } = context;
  const engine = new DeclaredScope({}, spec.declared, context);
  const groups = spec.groups.map((group) => {
    const scope = new DeclaredScope({ group: group.id }, group.declared, context, engine);
    const pipelines = spec.pipelines
      .filter((pipeline) => pipeline.group === group.id)
      .map((pipeline) => ({
        spec: pipeline,
        scope: new DeclaredScope(
          { group: group.id, pipeline: pipeline.id },
          pipeline.declared,
          context,
          scope,
        ),
      }));
    return { id: group.id, scope, pipelines };
  });
  const pipelines = groups.flatMap((group) => group.pipelines);
  const scopes = [engine, ...groups.map(({ scope }) => scope), ...pipelines.map(({ scope }) => scope)];
  for (const scope of scopes) scope.bind();
  reportCycles(scopes, diagnostics);
  const plans = pipelines.map((pipeline) =>
    planPipeline(pipeline.spec, pipeline.scope, catalog, diagnostics),
  );
  for (const scope of scopes) markBackground(scope);
  if (!diagnostics.hasErrors) warnOfUnused(scopes, context);
  return {
    extensions: engine.plans(),
    groups: groups.map(({ id, scope }) => ({ id, extensions: scope.plans() })),
    pipelines: plans.map((plan, index) => ({ ...plan, extensions: pipelines[index]?.scope.plans() ?? [] })),
  };
}

/** Nobody binds a background extension; it is there for what it does. */
function markBackground(scope: DeclaredScope): void {
  for (const extension of scope.extensions) if (extension.descriptor.life === 'background') extension.use();
}

function warnOfUnused(scopes: readonly DeclaredScope[], { diagnostics }: PlanContext): void {
  const unused = scopes.flatMap((scope) => scope.extensions).filter(({ used }) => !used);
  const binders = new Map<DeclaredExtension, DeclaredExtension>();
  for (const binder of [...unused].reverse()) {
    for (const dependency of binder.dependencies) binders.set(dependency, binder);
  }
  for (const extension of unused) {
    const { id, path } = extension.spec;
    const binder = binders.get(extension);
    const reason =
      binder === undefined
        ? `nothing binds extension '${id}'`
        : `only '${binder.spec.id}' binds extension '${id}', and nothing binds that one`;
    diagnostics.warning(
      'unused_extension',
      path,
      `${reason}, so it is not created unless a component asks for it by name; bind it under capabilities:, or remove it`,
      'key',
    );
  }
}
