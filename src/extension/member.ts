import type { ExtensionError } from './errors.js';
import type { InstanceEnd, RunningExtension } from './running-extension.js';
import type { ExtensionSlot } from './slot.js';

/** An extension of a scope between its creation and its end, with what became of its instances. */
export class Member {
  readonly slot: ExtensionSlot;
  /** Absent before the start, and for passive ones. */
  running: RunningExtension | undefined;
  /** A new instance that is made ready beside the running one. */
  candidate: RunningExtension | undefined;
  /** Instances that were replaced and have not been let go. */
  readonly retired = new Set<RunningExtension>();
  started: Promise<void> | undefined;
  replacements = 0;
  /** How its instances ended so far. */
  readonly ends: Record<InstanceEnd, number> = { stopped: 0, failed: 0, abandoned: 0 };
  /** Why the last one that did not end well ended. */
  lastError: ExtensionError | undefined;

  constructor(slot: ExtensionSlot) {
    this.slot = slot;
  }

  /** Whether it has something to start. */
  get isActive(): boolean {
    return this.slot.bundle?.active !== undefined;
  }

  /** How many instances were replaced and still have calls to answer. */
  get retiring(): number {
    return [...this.retired].filter(({ isOver }) => !isOver).length;
  }

  /** Every instance that must be told to stop. */
  get instances(): readonly RunningExtension[] {
    const single = [this.candidate, this.running].filter((running) => running !== undefined);
    return [...this.retired, ...single];
  }

  /** Notes the end of one of its instances. */
  noteEnd(end: InstanceEnd, error: ExtensionError | undefined): void {
    this.ends[end]++;
    this.lastError = error ?? this.lastError;
  }
}
