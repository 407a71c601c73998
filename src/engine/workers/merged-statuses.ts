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
