import { parseComponentConfig } from '../config/component/parse-config.js';
import type { Diagnostics } from '../config/diagnostic.js';
import type { NodeSpec, PipelineSpec } from '../config/spec.js';
import type { Catalog } from '../extension/catalog.js';
import { checkCapabilities } from '../extension/check.js';
import { checkBindings } from '../extension/check-bindings.js';
import type { ComponentClass } from '../extension/component.js';
import { DeclaredExtension, type DeclaredScope } from '../extension/declared-scope.js';
import { findType } from '../extension/find-type.js';
import type { CapabilityPlan, ExtensionPlan } from '../extension/plan.js';
import type { NodeDescriptor } from './decorators.js';
import { buildGraph, type Edge } from './graph.js';

/** A node of the configuration, its type found and its config checked: all that is needed to build it. */
export interface NodePlan {
  readonly id: string;
  readonly descriptor: NodeDescriptor;
  readonly componentClass: ComponentClass;
  /** What the class's schema made of the configuration. */
  readonly config: unknown;
  /** The configuration as its schema took it, expanded: what a worker reads again. */
  readonly written: unknown;
  readonly defaultOutput: string | undefined;
  readonly capabilities: CapabilityPlan;
}

/** A pipeline that can be built. */
export interface PipelinePlan {
  readonly group: string;
  readonly id: string;
  /** What the plan was made of: what a reload compares. */
  readonly spec: PipelineSpec;
  readonly extensions: readonly ExtensionPlan[];
  /** Every node after those that it gets data from. */
  readonly nodes: readonly NodePlan[];
  readonly edges: readonly Edge[];
  /** How many messages the queue before a node holds. */
  readonly channelCapacity: number;
}

/**
 * Turns a checked structure into a plan: finds every type in the catalog, runs every config through its schema,
 * checks capabilities and connections. Everything that is wrong is reported; the plan is fit to be built only
 * when nothing was. The extensions of the plan are filled in when every pipeline has said what it uses.
 *
 * @param scope what the pipeline can see of extensions
 */
export function planPipeline(
  pipeline: PipelineSpec,
  scope: DeclaredScope,
  catalog: Catalog,
  diagnostics: Diagnostics,
): Omit<PipelinePlan, 'extensions'> {
  const graph = buildGraph(pipeline, diagnostics);
  const plans = new Map<string, NodePlan>();
  for (const spec of pipeline.nodes.values()) {
    const plan = planNode(spec, scope, catalog, diagnostics);
    if (plan !== undefined) plans.set(spec.id, plan);
  }
  const nodes = graph.order.flatMap((id) => plans.get(id) ?? []);
  // A node that is left out uses nothing.
  for (const { capabilities } of nodes) markUsed(capabilities, scope);
  if (graph.order.length === 0 && !diagnostics.hasErrors) {
    diagnostics.error(
      'empty_pipeline',
      pipeline.path,
      `pipeline '${pipeline.id}' moves no data; connect a receiver to an exporter under connections:`,
      'key',
    );
  }
  return {
    group: pipeline.group,
    id: pipeline.id,
    spec: pipeline,
    nodes,
    edges: graph.edges,
    channelCapacity: pipeline.policies.channelCapacity.pdata,
  };
}

function markUsed(capabilities: CapabilityPlan, scope: DeclaredScope): void {
  for (const name of capabilities.values()) {
    const extension = scope.find(name);
    if (extension instanceof DeclaredExtension) extension.use();
  }
}

function planNode(
  spec: NodeSpec,
  scope: DeclaredScope,
  catalog: Catalog,
  diagnostics: Diagnostics,
): NodePlan | undefined {
  const entry = findType(spec, catalog, diagnostics);
  if (entry === undefined) return undefined;
  const descriptor = entry.descriptor as NodeDescriptor;
  const capabilities = checkCapabilities(spec, descriptor, scope, catalog, diagnostics);
  const parsed = parseComponentConfig(descriptor.config, spec, diagnostics);
  if (!parsed.ok) return undefined;
  checkBindings(descriptor, spec, parsed.value, diagnostics);
  return {
    id: spec.id,
    descriptor,
    componentClass: entry.componentClass,
    config: parsed.value,
    written: parsed.input,
    defaultOutput: spec.defaultOutput,
    capabilities,
  };
}
