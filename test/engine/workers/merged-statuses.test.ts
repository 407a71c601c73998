import { describe, expect, it } from '@jest/globals';
import { lostStatuses, mergedStatuses } from '../../../src/engine/workers/merged-statuses.js';
import type { ExtensionStatus } from '../../../src/extension/status.js';

const none = { stopped: 0, failed: 0, abandoned: 0 };

const status = (more: Partial<ExtensionStatus> = {}): ExtensionStatus => ({
  scope: { group: 'g', pipeline: 'p' },
  name: 'x',
  type: 'urn:test:extension:x',
  life: 'active',
  state: 'serving',
  instances: 1,
  replacements: 0,
  retiring: 0,
  ended: none,
  lastError: undefined,
  ...more,
});

describe('the status of an extension with instances in several threads', () => {
  it('counts them together, and shows what is amiss with one', () => {
    const failed = status({ state: 'failed', instances: 0, ended: { ...none, failed: 1 }, lastError: 'why' });
    const merged = { state: 'failed', instances: 1, ended: { ...none, failed: 1 }, lastError: 'why' };
    expect(mergedStatuses([[status()], [failed]])).toMatchObject([merged]);
    expect(mergedStatuses([[failed], [status()]])).toMatchObject([merged]);
  });

  it('says of one whose thread has ended that it failed, once, and serves no more', () => {
    const lost = lostStatuses([status({ retiring: 1, candidate: 'starting' })], 'worker 1 is gone');
    expect(lost).toEqual([
      status({ state: 'failed', instances: 0, ended: { ...none, failed: 1 }, lastError: 'worker 1 is gone' }),
    ]);
    expect(lostStatuses(lost, 'another thread did not start')).toEqual(lost);
  });

  it('leaves what had ended before its thread as it ended', () => {
    const stopped = status({ state: 'stopped', instances: 0, ended: { ...none, stopped: 1 } });
    expect(lostStatuses([stopped], 'it ended by itself')).toEqual([stopped]);
  });

  it('says of one without a life of its own that there are fewer of it', () => {
    const passive = status({ life: 'passive', state: 'passive', instances: 2 });
    expect(lostStatuses([passive], 'worker 1 is gone')).toEqual([{ ...passive, instances: 0 }]);
  });
});
