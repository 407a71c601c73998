import type { ExtensionSlot } from './slot.js';

/**
 * What each extension of a scope uses of the others of that scope, those it uses coming before it. What was looked up
 * by name while running may lead in a circle; the step that would close one is left out.
 */
export function orderByDependency(
  slots: Iterable<ExtensionSlot>,
): ReadonlyMap<ExtensionSlot, ExtensionSlot[]> {
  const own = new Set(slots);
  const ordered = new Map<ExtensionSlot, ExtensionSlot[]>();
  const entered = new Set<ExtensionSlot>();
  const visit = (slot: ExtensionSlot): void => {
    if (entered.has(slot)) return;
    entered.add(slot);
    const dependencies = [...slot.dependencies].filter((dependency) => own.has(dependency));
    for (const dependency of dependencies) visit(dependency);
    ordered.set(
      slot,
      dependencies.filter((dependency) => ordered.has(dependency)),
    );
  };
  for (const slot of own) visit(slot);
  return ordered;
}
