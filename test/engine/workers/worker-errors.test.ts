import { describe, expect, it } from '@jest/globals';
import { workerErrors } from '../../../src/engine/workers/worker-errors.js';

const { gone, goneForGood } = workerErrors;

describe('what is said of a worker that ended', () => {
  it.each([
    [1, 1, 'the other workers serve on'],
    [3, 3, 'the other workers serve on'],
    [3, 2, '2 of the 3 other workers serve on'],
    [3, 0, 'no other worker serves'],
  ])('says of %i others of which %i serve that %s', (all, serving, told) => {
    expect(gone(1, 'it ended with code 7', true, { all, serving }, 250).message).toBe(
      'worker 1 is gone: it ended with code 7; what it had not acknowledged is lost to it; ' +
        `${told}, and it is started again in 250 ms`,
    );
    expect(goneForGood(1, 'it ended with code 7', { all, serving }, 5).message).toBe(
      `worker 1 is gone for good after 5 restarts in a row: it ended with code 7; ${told}; ` +
        'see policies.runtime_recovery',
    );
  });

  it('says of data that it is lost only when it is', () => {
    expect(gone(1, 'it did not start', false, { all: 1, serving: 1 }, 250).message).toBe(
      'worker 1 is gone: it did not start; the other workers serve on, and it is started again in 250 ms',
    );
  });

  it('counts no restarts where recovery is switched off', () => {
    expect(goneForGood(0, 'it ended with code 7', { all: 1, serving: 1 }, 0).message).toBe(
      'worker 0 is gone for good: it ended with code 7; the other workers serve on; ' +
        'it is not started again, for policies.runtime_recovery is not enabled',
    );
  });

  it('says one restart of one', () => {
    expect(goneForGood(0, 'it ended by itself', { all: 1, serving: 1 }, 1).message).toContain(
      'is gone for good after 1 restart: it ended by itself',
    );
  });
});
