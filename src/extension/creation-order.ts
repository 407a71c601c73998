import type { ExtensionSlot } from './slot.js';

/**
 * Creates what some extensions bind, directly or through others, each after what it binds itself. The walk has a stack of its own:
 * a chain may be longer than the call stack is deep. What cannot be created is left to whoever binds it, who is thrown why.
 */
export function createInOrder(slots: Iterable<ExtensionSlot>): void {
  const entered = new Set<ExtensionSlot>();
  const walk = [frameOf(undefined, slots)];
  for (let frame = walk.at(-1); frame !== undefined; frame = walk.at(-1)) {
    const { done, value: slot } = frame.bound.next();
    if (done === true) {
      walk.pop();
      frame.slot?.tryToCreate();
    } else if (!entered.has(slot) && slot.canBeCreated) {
      entered.add(slot);
      walk.push(frameOf(slot, slot.bound));
    }
  }
}

/** An extension to create when those that it binds have been. */
interface Frame {
  readonly slot: ExtensionSlot | undefined;
  readonly bound: Iterator<ExtensionSlot, undefined>;
}

const frameOf = (slot: ExtensionSlot | undefined, bound: Iterable<ExtensionSlot>): Frame => ({
  slot,
  bound: [...bound].values(),
});
