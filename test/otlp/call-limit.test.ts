import { describe, expect, it } from '@jest/globals';
import { CallLimits } from '../../src/authoring.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const TIMEOUT_MS = 1_000;

function setUp() {
  const clock = new FakeClock();
  return { clock, limits: new CallLimits(clock, TIMEOUT_MS), stop: new AbortController() };
}

describe('the limit of a call', () => {
  it('ends it when its own time is over, not when that of another is', async () => {
    const { clock, limits, stop } = setUp();
    const first = limits.begin(stop.signal);
    await clock.advance(400);
    const second = limits.begin(stop.signal);
    await clock.advance(600);
    expect([first.ended, second.ended]).toEqual(['timed-out', undefined]);
    await clock.advance(399);
    expect(second.ended).toBeUndefined();
    await clock.advance(1);
    expect([second.ended, second.signal.aborted]).toEqual(['timed-out', true]);
  });

  it('ends all calls when the pipeline stops them, and those that begin later', () => {
    const { limits, stop } = setUp();
    const calls = [limits.begin(stop.signal), limits.begin(stop.signal)];
    const { signal } = limits.begin(stop.signal);
    stop.abort();
    expect([...calls, limits.begin(stop.signal)].map(({ ended }) => ended)).toEqual(
      Array.from({ length: 3 }, () => 'stopped'),
    );
    expect(signal.aborted).toBe(true);
  });

  it('does not heed what stops others', () => {
    const { limits, stop } = setUp();
    const other = limits.begin(new AbortController().signal);
    limits.begin(stop.signal);
    stop.abort();
    expect(other.ended).toBeUndefined();
  });

  it('tells once who waits for it', async () => {
    const { clock, limits, stop } = setUp();
    const limit = limits.begin(stop.signal);
    let told = 0;
    limit.whenEnded = () => {
      told += 1;
    };
    await clock.advance(TIMEOUT_MS);
    stop.abort();
    expect([told, limit.ended]).toEqual([1, 'timed-out']);
  });

  it('says nothing of a call that has ended', async () => {
    const { clock, limits, stop } = setUp();
    const limit = limits.begin(stop.signal);
    limit[Symbol.dispose]();
    await clock.advance(TIMEOUT_MS);
    stop.abort();
    expect([limit.ended, limit.signal.aborted]).toEqual([undefined, false]);
  });
});
