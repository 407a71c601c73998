import { structureProblems } from '../messages.js';
import { DEFAULT_RECOVERY, type RecoveryPolicy } from '../spec.js';
import { readCount } from './count.js';
import { readDuration } from './duration.js';
import { readFlag } from './flag.js';
import type { MapReader } from './map-reader.js';

/** Reads `runtime_recovery`. What it leaves out is the default, whatever a wider scope says. */
export function readRecovery(recovery: MapReader): RecoveryPolicy {
  const enabled = readFlag(recovery, 'enabled') ?? DEFAULT_RECOVERY.enabled;
  const maxRestarts = readCount(recovery, 'max_restarts') ?? DEFAULT_RECOVERY.maxRestarts;
  const { initialBackoffMs, maxBackoffMs } = readBackoff(recovery);
  const startupTimeoutMs = readDuration(recovery, 'startup_timeout') ?? DEFAULT_RECOVERY.startupTimeoutMs;
  const resetAfterMs = readDuration(recovery, 'reset_after') ?? DEFAULT_RECOVERY.resetAfterMs;
  recovery.finish();
  return { enabled, maxRestarts, initialBackoffMs, maxBackoffMs, startupTimeoutMs, resetAfterMs };
}

function readBackoff(recovery: MapReader): Pick<RecoveryPolicy, 'initialBackoffMs' | 'maxBackoffMs'> {
  const initial = readOr(recovery, 'initial_backoff', DEFAULT_RECOVERY.initialBackoffMs);
  const max = readOr(recovery, 'max_backoff', DEFAULT_RECOVERY.maxBackoffMs);
  if (initial === undefined || max === undefined) return DEFAULT_RECOVERY;
  if (initial > max) {
    const said = recovery.field('initial_backoff') !== undefined;
    if (said) recovery.problem(structureProblems.initialBackoffOverMax(), 'initial_backoff');
    else recovery.problem(structureProblems.maxBackoffUnderInitial(), 'max_backoff');
  }
  return { initialBackoffMs: initial, maxBackoffMs: max };
}

/** `undefined` when it is wrong, so that nothing else is held against it. */
function readOr(recovery: MapReader, name: string, otherwise: number): number | undefined {
  const ms = readDuration(recovery, name);
  return ms ?? (recovery.field(name) === undefined ? otherwise : undefined);
}
