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
 */
export function stopInOrder(
  members: ReadonlyMap<ExtensionSlot, Member>,
  clock: Clock,
  graceMs: number,
): readonly Promise<Outcome>[] {
  const deadline = clock.now() + graceMs;
  const order = orderByDependency(members.keys());
  const users = usersOf(order);
  const heights = heightsOf(order, members);
  const stopping = new Map<ExtensionSlot, Promise<Outcome>>();
  const stop = (slot: ExtensionSlot): Promise<Outcome> => {
    const present = stopping.get(slot);
    if (present !== undefined) return present;
    const using = users.get(slot) ?? [];
    const end = (): Promise<Outcome> => {
      const graceLeft = Math.max(0, deadline - clock.now()) / (heights.get(slot) ?? 1);
      return stopMember(members.get(slot), graceLeft);
    };
    const stopped = using.length === 0 ? end() : Promise.all(using.map(stop)).then(end);
    stopping.set(slot, stopped);
    return stopped;
  };
  return [...members.keys()].reverse().map(stop);
}

function stopMember(member: Member | undefined, graceMs: number): Promise<Outcome> {
  return Promise.all((member?.instances ?? []).map((running) => running.stop(graceMs)));
}

function usersOf(
  order: ReadonlyMap<ExtensionSlot, readonly ExtensionSlot[]>,
): ReadonlyMap<ExtensionSlot, ExtensionSlot[]> {
  const users = new Map<ExtensionSlot, ExtensionSlot[]>();
  for (const [slot, dependencies] of order) {
    for (const dependency of dependencies) users.set(dependency, [...(users.get(dependency) ?? []), slot]);
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
