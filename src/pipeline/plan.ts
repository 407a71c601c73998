import { parseComponentConfig } from '../config/component/parse-config.js';
import type { Diagnostics } from '../config/diagnostic.js';
import type { ComponentSpec, ExtensionSpec, NodeSpec, PipelineSpec } from '../config/spec.js';
import { didYouMean } from '../config/suggest.js';
import type { ExtensionPlan } from '../extension/bundle.js';
import type { CapabilityPlan } from '../extension/capabilities.js';
import type { Catalog, CatalogEntry } from '../extension/catalog.js';
import { type CapabilityRules, checkCapabilities, type DeclaredExtensions } from '../extension/check.js';
import type { ComponentClass } from '../extension/component.js';
import type { ExtensionDescriptor } from '../extension/decorator.js';
import type { NodeDescriptor } from './decorators.js';
import { buildGraph, type Edge } from './graph.js';

/** A node of the configuration, its type found and its config checked: all that is needed to build it. */
export interface NodePlan {
  readonly id: string;
  readonly descriptor: NodeDescriptor;
  readonly componentClass: ComponentClass;
  /** What the class's schema made of the configuration. */
  readonly config: unknown;
  readonly defaultOutput: string | undefined;
  readonly capabilities: CapabilityPlan;
}

/** A pipeline that can be built. */
export interface PipelinePlan {
  readonly group: string;
  readonly id: string;
  readonly extensions: readonly ExtensionPlan[];
  /** Every node after those that it gets data from. */
  readonly nodes: readonly NodePlan[];
  readonly edges: readonly Edge[];
  /** How many messages the queue before a node holds. */
  readonly channelCapacity: number;
}

/** What an extension can bind: nothing yet, and a binding without effect must not look like one that has. */
const noTraits: CapabilityRules = { uses: [], requires: [] };

/**
 * Turns a checked structure into a plan: finds every type in the catalog, runs every config through its schema,
 * checks capabilities and connections. Everything that is wrong is reported; the plan is fit to be built only
 * when nothing was.
 */
export function planPipeline(
  pipeline: PipelineSpec,
  catalog: Catalog,
  diagnostics: Diagnostics,
): PipelinePlan {
  const broken = new Set(pipeline.broken);
  const extensions: ExtensionPlan[] = [];
  const descriptors = new Map<string, ExtensionDescriptor>();
  for (const spec of pipeline.extensions.values()) {
    const entry = findType(spec, catalog, diagnostics);
    if (entry === undefined) {
      broken.add(spec.id);
      continue;
    }
    descriptors.set(spec.id, entry.descriptor as ExtensionDescriptor);
    const plan = planExtension(spec, entry, diagnostics);
    if (plan !== undefined) extensions.push(plan);
  }
  const declared: DeclaredExtensions = { descriptors, broken };
  for (const spec of pipeline.extensions.values()) {
    if (descriptors.has(spec.id)) checkCapabilities(spec, noTraits, declared, catalog, diagnostics);
  }
  const graph = buildGraph(pipeline, diagnostics);
  const plans = new Map<string, NodePlan>();
  for (const spec of pipeline.nodes.values()) {
    const plan = planNode(spec, declared, catalog, diagnostics);
    if (plan !== undefined) plans.set(spec.id, plan);
  }
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
    extensions,
    nodes: graph.order.flatMap((id) => plans.get(id) ?? []),
    edges: graph.edges,
    channelCapacity: pipeline.policies.channelCapacity.pdata,
  };
}

function planExtension(
  spec: ExtensionSpec,
  entry: CatalogEntry,
  diagnostics: Diagnostics,
): ExtensionPlan | undefined {
  const parsed = parseComponentConfig(entry.descriptor.config, spec, diagnostics);
  if (!parsed.ok) return undefined;
  return {
    name: spec.id,
    descriptor: entry.descriptor as ExtensionDescriptor,
    componentClass: entry.componentClass,
    config: parsed.value,
  };
}

function planNode(
  spec: NodeSpec,
  declared: DeclaredExtensions,
  catalog: Catalog,
  diagnostics: Diagnostics,
): NodePlan | undefined {
  const entry = findType(spec, catalog, diagnostics);
  if (entry === undefined) return undefined;
  const descriptor = entry.descriptor as NodeDescriptor;
  const capabilities = checkCapabilities(spec, descriptor, declared, catalog, diagnostics);
  const parsed = parseComponentConfig(descriptor.config, spec, diagnostics);
  if (!parsed.ok) return undefined;
  return {
    id: spec.id,
    descriptor,
    componentClass: entry.componentClass,
    config: parsed.value,
    defaultOutput: spec.defaultOutput,
    capabilities,
  };
}

function findType(spec: ComponentSpec, catalog: Catalog, diagnostics: Diagnostics): CatalogEntry | undefined {
  const entry = catalog.find(spec.type);
  if (entry !== undefined) return entry;
  const known = catalog
    .entries()
    .filter(({ descriptor }) => descriptor.kind === spec.type.kind)
    .map(({ descriptor }) => descriptor.urn.short);
  const hint =
    didYouMean(spec.type.short, known) ??
    `'dataflow components' lists what there is; load others with engine.plugins or --plugin`;
  // Nobody knows which of its fields are secret.
  diagnostics.sources.hide?.([...spec.path, 'config']);
  diagnostics.error(
    'unknown_type',
    [...spec.path, 'type'],
    `no ${spec.type.kind} of type '${spec.type.short}' is known; ${hint}`,
  );
  return undefined;
}
