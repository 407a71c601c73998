import type { ComponentSpec, EngineSpec, ExtensionsSpec, PipelineSpec } from '../../config/spec.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import type { ScopeName } from '../../extension/scope.js';
import type { PipelinePlan } from '../../pipeline/plan.js';

/** A configuration as a worker gets it: what was read and checked, without the texts that it came from. */
export type CrossingSpec = Omit<EngineSpec, 'sources'>;

/** Finds the plan of an extension as it is now. */
export type PlanFinder = (scope: ScopeName, name: string) => ExtensionPlan | undefined;

/**
 * The part of a configuration that a worker needs for its pipelines. What configures a shared extension, its secrets
 * among it, stays behind.
 *
 * @param plans of the worker's pipelines
 */
export function crossingSpec(
  spec: EngineSpec,
  plans: readonly PipelinePlan[],
  planOf: PlanFinder,
): CrossingSpec {
  const declared = (scope: ScopeName, { extensions, broken }: ExtensionsSpec): ExtensionsSpec => ({
    broken,
    extensions: new Map(
      [...extensions].map(([name, extension]) => {
        const plan = planOf(scope, name);
        if (plan === undefined) return [name, extension];
        const shared = plan.descriptor.execution === 'shared';
        return [
          name,
          {
            ...extension,
            config: shared ? undefined : plan.written,
            capabilities: shared ? new Map() : extension.capabilities,
            readinessTimeoutMs: shared ? undefined : plan.declaredReadinessMs,
          },
        ];
      }),
    ),
  });
  const pipelines = plans.map(({ spec: pipeline, nodes }): PipelineSpec => {
    const written = new Map(nodes.map((node) => [node.id, node.written]));
    const { group, id } = pipeline;
    return {
      ...pipeline,
      declared: declared({ group, pipeline: id }, pipeline.declared),
      nodes: new Map([...pipeline.nodes].map(([name, node]) => [name, configured(node, written.get(name))])),
    };
  });
  return {
    declared: declared({}, spec.declared),
    groups: spec.groups.map(({ id, declared: own }) => ({ id, declared: declared({ group: id }, own) })),
    pipelines,
    plugins: spec.plugins,
    pluginScan: spec.pluginScan,
  };
}

const configured = <Spec extends ComponentSpec>(spec: Spec, config: unknown): Spec => ({ ...spec, config });
