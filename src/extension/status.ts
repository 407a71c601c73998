import type { ExtensionLife } from './decorator.js';
import type { Member } from './member.js';
import type { ExtensionState } from './running-extension.js';
import type { ScopeName } from './scope.js';
import type { ExtensionSlot } from './slot.js';

/** How one extension is, for the operator and for the application that embeds the engine. */
export interface ExtensionStatus {
  readonly scope: ScopeName;
  readonly name: string;
  /** The shortest form of its URN. */
  readonly type: string;
  readonly life: ExtensionLife;
  /** `passive` has no life of its own; `waiting` for those that it uses to be ready. */
  readonly state: ExtensionState | 'passive' | 'waiting';
  /** How often its instance was replaced. */
  readonly replacements: number;
  /** Instances that were replaced and still have calls to answer. */
  readonly retiring: number;
}

export function statusOf(slot: ExtensionSlot, member: Member | undefined): ExtensionStatus {
  const { name, scope, descriptor } = slot.plan;
  return {
    scope,
    name,
    type: descriptor.urn.short,
    life: descriptor.life,
    state: descriptor.life === 'passive' ? 'passive' : (member?.running?.state ?? 'waiting'),
    replacements: member?.replacements ?? 0,
    retiring: member?.retired.size ?? 0,
  };
}
