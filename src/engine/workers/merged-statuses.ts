import type { ExtensionStatus } from '../../extension/status.js';
import { keyOf } from './extension-key.js';

/** One status for each extension, of those that the threads give. */
export function mergedStatuses(threads: readonly (readonly ExtensionStatus[])[]): readonly ExtensionStatus[] {
  const merged = new Map<string, ExtensionStatus>();
  for (const status of threads.flat()) {
    const key = keyOf(status);
    const known = merged.get(key);
    merged.set(key, known === undefined ? status : merge(known, status));
  }
  return [...merged.values()];
}

/**
 * What becomes of extensions whose thread has ended: those that had not ended before have failed with it.
 *
 * @param reason why it has ended
 */
export function lostStatuses(
  statuses: readonly ExtensionStatus[],
  reason: string,
): readonly ExtensionStatus[] {
  return statuses.map(({ candidate: _candidate, ...status }) => {
    const { state, ended } = status;
    const gone = { ...status, instances: 0, retiring: 0 };
    if (!LIVES.has(state)) return gone;
    return { ...gone, state: 'failed', ended: { ...ended, failed: ended.failed + 1 }, lastError: reason };
  });
}

const LIVES: ReadonlySet<ExtensionStatus['state']> = new Set(['starting', 'serving', 'retiring', 'stopping']);

/** The instances of two threads as those of one extension: what is amiss with one of them shows. */
function merge(one: ExtensionStatus, other: ExtensionStatus): ExtensionStatus {
  return {
    ...one,
    state: one.state === 'serving' || one.state === 'passive' ? other.state : one.state,
    instances: one.instances + other.instances,
    replacements: Math.max(one.replacements, other.replacements),
    retiring: one.retiring + other.retiring,
    ended: {
      stopped: one.ended.stopped + other.ended.stopped,
      failed: one.ended.failed + other.ended.failed,
      abandoned: one.ended.abandoned + other.ended.abandoned,
    },
    lastError: one.lastError ?? other.lastError,
  };
}
