import type { Clock } from './clock.js';
import { orderByDependency } from './dependency-order.js';
import type { ExtensionError } from './errors.js';
import type { Member } from './member.js';
import type { ExtensionSlot } from './slot.js';

type Outcome = readonly (ExtensionError | undefined)[];

/**
 * Stops instances, those that use others first and independent ones together. All share one grace time: each may take
 * what is left of it divided by the length of the chain of those that it uses, so that a stuck one leaves its
 * providers their share.
 *
 * @param graceMs for all of them, in milliseconds
 * @param forced resolves when there is no time to wait any more
 */
export function stopInOrder(
  members: ReadonlyMap<ExtensionSlot, Member>,
  clock: Clock,
  graceMs: number,
  forced: Promise<void>,
): readonly Promise<Outcome>[] {
  const deadline = clock.now() + graceMs;
  const order = orderByDependency(members.keys());
  const users = usersOf(order);
  const heights = heightsOf(order, members);
  const stopping = new Map<ExtensionSlot, Promise<Outcome>>();
  // Those that use others come last.
  for (const slot of [...order.keys()].reverse()) {
    const end = (): Promise<Outcome> => {
      const graceLeft = Math.max(0, deadline - clock.now()) / (heights.get(slot) ?? 1);
      return stopMember(members.get(slot), graceLeft, forced);
    };
    const using = (users.get(slot) ?? []).flatMap((user) => stopping.get(user) ?? []);
    stopping.set(slot, using.length === 0 ? end() : Promise.all(using).then(end));
  }
  return [...stopping.values()];
}

function stopMember(member: Member | undefined, graceMs: number, forced: Promise<void>): Promise<Outcome> {
  return Promise.all((member?.instances ?? []).map((running) => running.stop(graceMs, forced)));
}

function usersOf(
  order: ReadonlyMap<ExtensionSlot, readonly ExtensionSlot[]>,
): ReadonlyMap<ExtensionSlot, ExtensionSlot[]> {
  const users = new Map<ExtensionSlot, ExtensionSlot[]>();
  for (const [slot, dependencies] of order) {
    for (const dependency of dependencies) {
      const using = users.get(dependency);
      if (using === undefined) users.set(dependency, [slot]);
      else using.push(slot);
    }
  }
  return users;
}

/** How many running instances the longest chain from each one to those that it uses holds, itself among them. */
function heightsOf(
  order: ReadonlyMap<ExtensionSlot, readonly ExtensionSlot[]>,
  members: ReadonlyMap<ExtensionSlot, Member>,
): ReadonlyMap<ExtensionSlot, number> {
  const heights = new Map<ExtensionSlot, number>();
  // Those that are used come first.
  for (const [slot, dependencies] of order) {
    const below = Math.max(0, ...dependencies.map((dependency) => heights.get(dependency) ?? 0));
    heights.set(slot, below + (members.get(slot)?.running === undefined ? 0 : 1));
  }
  return heights;
}
