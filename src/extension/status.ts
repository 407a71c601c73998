import type { ExtensionLife } from './decorator.js';
import type { Member } from './member.js';
import type { ExtensionState, InstanceEnd } from './running-extension.js';
import type { ScopeName } from './scope.js';
import type { ExtensionSlot } from './slot.js';

/** How one extension is, for the operator and for the application that embeds the engine. */
export interface ExtensionStatus {
  readonly scope: ScopeName;
  readonly name: string;
  /** The shortest form of its URN. */
  readonly type: string;
  readonly life: ExtensionLife;
  /** `passive` has no life of its own; `waiting` has not been started, for it waits for those that it uses. */
  readonly state: ExtensionState | 'passive' | 'waiting';
  /** How many instances serve: one, or with `per_consumer` one for each consumer. */
  readonly instances: number;
  /** How often its instance was replaced. */
  readonly replacements: number;
  /** How the instance is that is to take the place of the one that serves; absent while there is none. */
  readonly candidate?: ExtensionState;
  /** Instances that were replaced and still have calls to answer. */
  readonly retiring: number;
  /** How many of its instances ended in which way; those that failed to take another's place among them. */
  readonly ended: Readonly<Record<InstanceEnd, number>>;
  /** Why the last instance that did not end well ended. */
  readonly lastError: string | undefined;
}

export function statusOf(slot: ExtensionSlot, member: Member | undefined): ExtensionStatus {
  const { name, scope, descriptor } = slot.plan;
  return {
    scope,
    name,
    type: descriptor.urn.short,
    life: descriptor.life,
    state: descriptor.life === 'passive' ? 'passive' : (member?.running?.state ?? 'waiting'),
    instances: member?.running?.isOver === true ? 0 : slot.size,
    replacements: member?.replacements ?? 0,
    ...(member?.candidate === undefined ? {} : { candidate: member.candidate.state }),
    retiring: member?.retiring ?? 0,
    ended: { stopped: 0, failed: 0, abandoned: 0, ...member?.ends },
    lastError: member?.lastError?.message,
  };
}
