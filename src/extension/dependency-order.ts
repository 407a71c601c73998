import type { ExtensionSlot } from './slot.js';

/**
 * What each extension of a scope uses of the others of that scope, those it uses coming before it. What was looked up
 * by name while running may lead in a circle; the step that would close one is left out.
 *
 * @param usedBy what an extension uses; what its instances have asked for so far when absent
 */
export function orderByDependency(
  slots: Iterable<ExtensionSlot>,
  usedBy: (slot: ExtensionSlot) => Iterable<ExtensionSlot> = (slot) => slot.dependencies,
): ReadonlyMap<ExtensionSlot, ExtensionSlot[]> {
  const own = new Set(slots);
  const ordered = new Map<ExtensionSlot, ExtensionSlot[]>();
  const entered = new Set<ExtensionSlot>();
  const enter = (slot: ExtensionSlot): Visit => {
    entered.add(slot);
    const dependencies = [...new Set(usedBy(slot))].filter((dependency) => own.has(dependency));
    return { slot, dependencies, left: dependencies.values() };
  };
  for (const first of own) {
    if (entered.has(first)) continue;
    // A stack of its own: a chain may be longer than the call stack is deep.
    const path = [enter(first)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { done, value: dependency } = visit.left.next();
      if (done !== true) {
        if (!entered.has(dependency)) path.push(enter(dependency));
        continue;
      }
      ordered.set(
        visit.slot,
        visit.dependencies.filter((each) => ordered.has(each)),
      );
      path.pop();
    }
  }
  return ordered;
}

interface Visit {
  readonly slot: ExtensionSlot;
  readonly dependencies: readonly ExtensionSlot[];
  /** Those that have not been looked at. */
  readonly left: Iterator<ExtensionSlot, undefined>;
}
