import type { RunningExtension } from './running-extension.js';
import type { ExtensionSlot } from './slot.js';

/** An extension of the scope between its creation and its end. */
export interface Member {
  readonly slot: ExtensionSlot;
  /** Absent before the start, and for passive ones. */
  running: RunningExtension | undefined;
  /** Instances that were replaced and still have calls to answer. */
  readonly retired: Set<RunningExtension>;
  started?: Promise<void>;
  replacements: number;
}
