import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RECOVERY } from '../../../src/config/spec.js';
import { Recovery } from '../../../src/engine/workers/recovery.js';

describe('the recovery of a worker', () => {
  it('waits 250 ms at first, twice as long each time, and gives up after five restarts', () => {
    const recovery = new Recovery([DEFAULT_RECOVERY]);
    const delays = Array.from({ length: 6 }, (_, attempt) => recovery.ended(attempt));
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, undefined]);
  });

  it('never waits longer than the longest back-off', () => {
    const recovery = new Recovery([{ ...DEFAULT_RECOVERY, maxBackoffMs: 600 }]);
    expect([recovery.ended(0), recovery.ended(1), recovery.ended(2)]).toEqual([250, 500, 600]);
  });

  it('begins anew when a worker has served for long enough, and not when it has not', () => {
    const recovery = new Recovery([DEFAULT_RECOVERY]);
    expect(recovery.ended(0)).toBe(250);
    recovery.serves(1_000);
    expect(recovery.ended(1_000 + DEFAULT_RECOVERY.resetAfterMs - 1)).toBe(500);
    recovery.serves(100_000);
    expect(recovery.ended(100_000 + DEFAULT_RECOVERY.resetAfterMs)).toBe(250);
  });

  it('starts nothing again when it is switched off', () => {
    expect(new Recovery([{ ...DEFAULT_RECOVERY, enabled: false }]).ended(0)).toBeUndefined();
  });

  it('takes the more careful value where pipelines of one worker differ', () => {
    const recovery = new Recovery([
      { ...DEFAULT_RECOVERY, maxRestarts: 1, startupTimeoutMs: 10_000 },
      { ...DEFAULT_RECOVERY, initialBackoffMs: 2_000 },
    ]);
    expect([recovery.ended(0), recovery.ended(0)]).toEqual([2_000, undefined]);
    expect(recovery.startupTimeoutMs).toBe(30_000);
  });
});
