import { describe, expect, it } from '@jest/globals';
import { BearerToken, LatestToken } from '../../src/authoring.js';

function follow(latest: LatestToken) {
  const stream = latest.stream()[Symbol.asyncIterator]();
  return {
    async next() {
      const step = await stream.next();
      return step.done === true ? 'end' : step.value.secret.reveal();
    },
    leave: () => stream.return?.(),
  };
}

describe('LatestToken', () => {
  it('lets a slow follower skip to the latest token', async () => {
    const latest = new LatestToken(() => 0);
    const follower = follow(latest);
    for (let n = 1; n <= 1_000; n++) latest.publish(new BearerToken(`token-${n}`));
    expect(await follower.next()).toBe('token-1000');
  });

  it('gives each follower its own view', async () => {
    const latest = new LatestToken(() => 0);
    const [fast, slow] = [follow(latest), follow(latest)];
    latest.publish(new BearerToken('one'));
    expect(await fast.next()).toBe('one');
    latest.publish(new BearerToken('two'));
    expect(await fast.next()).toBe('two');
    expect(await slow.next()).toBe('two');
  });

  it('says nothing when the same token is published again', async () => {
    const latest = new LatestToken(() => 0);
    const follower = follow(latest);
    latest.publish(new BearerToken('one', 60_000));
    await follower.next();
    const next = follower.next();
    expect(latest.publish(new BearerToken('one', 61_000))).toBe(false);
    latest.publish(new BearerToken('two', 90_000));
    expect(await next).toBe('two');
  });

  it('does not give a late follower a token that can no longer be used', async () => {
    let now = 0;
    const latest = new LatestToken(() => now);
    latest.publish(new BearerToken('old', 60_000));
    now = 30_000;
    const next = follow(latest).next();
    latest.publish(new BearerToken('new', 600_000));
    expect(await next).toBe('new');
  });

  it('lets a follower that waits leave at once', async () => {
    const latest = new LatestToken(() => 0);
    const follower = follow(latest);
    const waiting = follower.next();
    await follower.leave();
    expect(await waiting).toBe('end');
    expect(await follower.next()).toBe('end');
  });

  it('answers calls that wait at the same time in turn, one token each', async () => {
    const latest = new LatestToken(() => 0);
    const follower = follow(latest);
    const calls = [follower.next(), follower.next()];
    latest.publish(new BearerToken('one'));
    latest.publish(new BearerToken('two'));
    expect(await Promise.all(calls)).toEqual(['one', 'two']);
  });

  it('ends everyone when it is closed, also those who come later, and takes no more tokens', async () => {
    const latest = new LatestToken(() => 0);
    const waiting = follow(latest).next();
    latest.close();
    latest.publish(new BearerToken('late'));
    expect(await waiting).toBe('end');
    expect(await follow(latest).next()).toBe('end');
    expect(latest.usable()).toBeUndefined();
  });

  it('that fails throws why at each stream, once', async () => {
    const latest = new LatestToken(() => 0);
    const [waiting, later] = [follow(latest), follow(latest)];
    const read = waiting.next();
    latest.fail(new Error('the source is gone'));
    await expect(read).rejects.toThrow('the source is gone');
    await expect(later.next()).rejects.toThrow('the source is gone');
    expect([await waiting.next(), await later.next()]).toEqual(['end', 'end']);
  });
});
