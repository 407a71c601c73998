import { describe, expect, it } from '@jest/globals';
import { withDeadline } from '../../src/authoring.js';
import { FakeClock } from '../../src/testing/index.js';

const forever = () => new Promise<never>(() => {});

describe('withDeadline', () => {
  it('gives what the work gives, and leaves no timer', async () => {
    const clock = new FakeClock();
    expect(await withDeadline(clock, 1_000, new AbortController().signal, async () => 7)).toBe(7);
    expect(clock.pending).toBe(0);
  });

  it('rejects when the time is over, and aborts the signal of the work', async () => {
    const clock = new FakeClock();
    let seen: AbortSignal | undefined;
    const result = withDeadline(clock, 30_000, new AbortController().signal, (signal) => {
      seen = signal;
      return forever();
    });
    const rejected = expect(result).rejects.toThrow('no answer within 30 s');
    await clock.advance(30_000);
    await rejected;
    expect(seen?.aborted).toBe(true);
  });

  it('rejects with the reason of the outer signal, also when that had aborted before', async () => {
    const outer = new AbortController();
    const stop = new Error('stop');
    const running = withDeadline(new FakeClock(), 1_000, outer.signal, forever);
    outer.abort(stop);
    await expect(running).rejects.toBe(stop);
    await expect(withDeadline(new FakeClock(), 1_000, outer.signal, forever)).rejects.toBe(stop);
  });
});
