import { isDeepStrictEqual } from 'node:util';
import { orderByDependency } from '../extension/dependency-order.js';
import type { ExtensionScope } from '../extension/extension-scope.js';
import type { ExtensionPlan } from '../extension/plan.js';
import { scopeLabel } from '../extension/scope.js';
import type { ExtensionSlot } from '../extension/slot.js';
import type { PipelinePlan } from '../pipeline/plan.js';
import type { EnginePlan } from './plan.js';
import type { ScopePlans } from './plan-scopes.js';

/** What a reload did. Names say the scope too: `extension 'auth' of pipeline 'default/main'`. */
export interface ReloadReport {
  /** Extensions that run with their new configuration. */
  readonly replaced: readonly string[];
  /** Extensions whose new instance failed; the old one serves as before. */
  readonly failed: readonly { readonly extension: string; readonly error: Error }[];
  /** What changed and takes a restart. */
  readonly needsRestart: readonly string[];
}

interface Change {
  readonly scope: ExtensionScope;
  readonly plan: ExtensionPlan;
}

/** The changes between what runs and a new plan. */
export interface Changes {
  /** Each after those that it uses: while it becomes ready it may ask them for what only their new ones have. */
  readonly replacements: readonly Change[];
  readonly needsRestart: readonly string[];
}

/** What a running engine was made of, beside its extensions. */
export type Running = Pick<EnginePlan, 'pipelines' | 'plugins'>;

/** Compares what runs with a new plan. The order in which things stand in a file means nothing. */
export function compare(scopes: readonly ExtensionScope[], running: Running, next: EnginePlan): Changes {
  const replacements: Change[] = [];
  const needsRestart: string[] = [];
  // The wider scopes, which the others may use, come first.
  for (const scope of scopes) {
    const plans = plansOf(scope, next);
    const declared = new Map(plans.map((plan) => [plan.name, plan]));
    const changed = new Map<ExtensionSlot, Change>();
    for (const slot of scope.registry.slots) {
      const plan = declared.get(slot.name);
      declared.delete(slot.name);
      const label = labelOf(scope, slot.name);
      if (plan === undefined) needsRestart.push(`${label} was removed`);
      else if (!isDeepStrictEqual(bindings(plan), bindings(slot.plan)) || plan.used !== slot.plan.used) {
        needsRestart.push(`what ${label} binds, or who binds it, was changed`);
      } else if (plan.componentClass !== slot.plan.componentClass) {
        needsRestart.push(`the type of ${label} was changed`);
      } else if (
        !isDeepStrictEqual(plan.written, slot.plan.written) ||
        plan.declaredReadinessMs !== slot.plan.declaredReadinessMs
      ) {
        changed.set(slot, { scope, plan });
      }
    }
    const inOrder = [...orderByDependency(scope.registry.slots, usedBy).keys()];
    replacements.push(...inOrder.flatMap((slot) => changed.get(slot) ?? []));
    for (const name of declared.keys()) needsRestart.push(`${labelOf(scope, name)} was added`);
  }
  needsRestart.push(...changedPipelines(running.pipelines, next.pipelines));
  if (!isDeepStrictEqual(next.plugins, running.plugins)) needsRestart.push('the plugins were changed');
  return { replacements, needsRestart };
}

/**
 * Replaces what changed, one after another in their order; one that fails does not keep the others from it.
 *
 * @param replace gives whether there was an instance to replace
 */
export async function applyChanges(
  { replacements, needsRestart }: Changes,
  replace: (scope: ExtensionScope, plan: ExtensionPlan) => Promise<boolean>,
): Promise<ReloadReport> {
  const replaced: string[] = [];
  const failed: { extension: string; error: Error }[] = [];
  for (const { scope, plan } of replacements) {
    const extension = labelOf(scope, plan.name);
    try {
      if (await replace(scope, plan)) replaced.push(extension);
    } catch (error) {
      failed.push({ extension, error: error as Error });
    }
  }
  return { replaced, failed, needsRestart };
}

/** What it binds also where its instances are in other threads. */
const usedBy = (slot: ExtensionSlot): readonly ExtensionSlot[] => [...slot.bound, ...slot.dependencies];

const labelOf = (scope: ExtensionScope, name: string): string =>
  `extension '${name}' of ${scopeLabel(scope.name)}`;

const bindings = ({ capabilities }: ExtensionPlan): object =>
  Object.fromEntries([...capabilities].map(([trait, name]) => [trait.name, name]));

function plansOf({ name }: ExtensionScope, next: ScopePlans): readonly ExtensionPlan[] {
  const { group, pipeline } = name;
  if (group === undefined) return next.extensions;
  if (pipeline === undefined) return next.groups.find(({ id }) => id === group)?.extensions ?? [];
  return next.pipelines.find((plan) => plan.group === group && plan.id === pipeline)?.extensions ?? [];
}

function changedPipelines(
  running: readonly PipelinePlan[],
  next: readonly PipelinePlan[],
): readonly string[] {
  const named = ({ group, id }: PipelinePlan): string => scopeLabel({ group, pipeline: id });
  const added = new Set(next);
  const changed: string[] = [];
  for (const before of running) {
    const name = named(before);
    const plan = next.find(({ group, id }) => group === before.group && id === before.id);
    if (plan !== undefined) added.delete(plan);
    if (plan === undefined) changed.push(`${name} was removed`);
    else if (!isDeepStrictEqual(dataPath(plan), dataPath(before))) {
      changed.push(`the nodes, connections or policies of ${name} were changed`);
    }
  }
  return [...changed, ...[...added].map((plan) => `${named(plan)} was added`)];
}

/** What a data path is made of, without where it stood. */
function dataPath({ spec }: PipelinePlan): object {
  const nodes = [...spec.nodes].map(([id, { path: _path, type, ...node }]) => [
    id,
    { ...node, type: type.text },
  ]);
  const connections = spec.connections.map(({ path: _path, from, to, dispatch }) =>
    JSON.stringify([dispatch, from.map(({ node, output }) => [node, output]), to.map(({ node }) => node)]),
  );
  return { nodes: Object.fromEntries(nodes), connections: connections.sort(), policies: spec.policies };
}
