import type { ExtensionPlan } from '../../extension/plan.js';
import type { ScopePlans } from '../plan-scopes.js';

/**
 * What the thread of an engine builds itself when its pipelines run in workers: the shared extensions, and of the
 * local ones those that shared ones bind. All others keep their place, so that they are known by name.
 */
export function hostedPlans<Plans extends ScopePlans>(plans: Plans): Plans {
  const needed = new Set<ExtensionPlan>();
  const engine = new Visible(plans.extensions, undefined);
  const groups = new Map(plans.groups.map(({ id, extensions }) => [id, new Visible(extensions, engine)]));
  const pipelines = plans.pipelines.map(
    ({ group, extensions }) => new Visible(extensions, groups.get(group) ?? engine),
  );
  for (const scope of [engine, ...groups.values(), ...pipelines]) scope.need(needed);
  const hosted = (extensions: readonly ExtensionPlan[]): readonly ExtensionPlan[] =>
    extensions.map((plan) => ({ ...plan, used: plan.used && needed.has(plan) }));
  return {
    ...plans,
    extensions: hosted(plans.extensions),
    groups: plans.groups.map((group) => ({ ...group, extensions: hosted(group.extensions) })),
    pipelines: plans.pipelines.map((pipeline) => ({ ...pipeline, extensions: hosted(pipeline.extensions) })),
  };
}

/** The plans that can be seen from a scope. */
class Visible {
  readonly #own: ReadonlyMap<string, ExtensionPlan>;
  readonly #outer: Visible | undefined;

  constructor(plans: readonly ExtensionPlan[], outer: Visible | undefined) {
    this.#own = new Map(plans.map((plan) => [plan.name, plan]));
    this.#outer = outer;
  }

  /** Adds the shared ones of this scope and all that they bind, directly or through others. */
  need(needed: Set<ExtensionPlan>): void {
    const open: [ExtensionPlan, Visible][] = [...this.#own.values()]
      .filter(({ descriptor }) => descriptor.execution === 'shared')
      .map((plan) => [plan, this]);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [plan, scope] = next;
      if (needed.has(plan)) continue;
      needed.add(plan);
      for (const name of plan.capabilities.values()) {
        const bound = scope.#find(name);
        if (bound !== undefined) open.push(bound);
      }
    }
  }

  #find(name: string): [ExtensionPlan, Visible] | undefined {
    const own = this.#own.get(name);
    if (own !== undefined) return [own, this];
    return this.#outer === undefined ? undefined : this.#outer.#find(name);
  }
}
