import { describe, expect, it } from '@jest/globals';
import { ConnectionBalance } from '../../../src/engine/workers/connection-balance.js';
import { FakeClock } from '../../../src/testing/index.js';

function balanced(workers: number) {
  const clock = new FakeClock();
  const asked: number[] = [];
  const balance = new ConnectionBalance(clock, (worker) => asked.push(worker));
  for (let worker = 0; worker < workers; worker++) balance.report(worker, 0);
  return { clock, asked, balance };
}

describe('the balance of connections', () => {
  it('asks the worker that has all of them to say goodbye to one, once it has settled', async () => {
    const { clock, asked, balance } = balanced(2);
    balance.report(1, 2);
    expect(asked).toEqual([]);
    await clock.advance(1_000);
    expect(asked).toEqual([1]);
  });

  it('leaves alone what is even, or could not be more even', async () => {
    const { clock, asked, balance } = balanced(2);
    balance.report(0, 2);
    balance.report(1, 1);
    await clock.advance(10_000);
    balance.report(0, 1);
    await clock.advance(10_000);
    expect(asked).toEqual([]);
  });

  it('leaves alone the only worker that listens, and the only one that is left', async () => {
    const one = balanced(1);
    one.balance.report(0, 8);
    await one.clock.advance(10_000);
    expect(one.asked).toEqual([]);
    const two = balanced(2);
    two.balance.leave(1);
    two.balance.report(0, 8);
    await two.clock.advance(10_000);
    expect(two.asked).toEqual([]);
  });

  it('leaves alone a difference that is small for so many', async () => {
    const { clock, asked, balance } = balanced(2);
    balance.report(0, 520);
    balance.report(1, 480);
    await clock.advance(10_000);
    expect(asked).toEqual([]);
  });

  it('asks no more when the client came back elsewhere', async () => {
    const { clock, asked, balance } = balanced(2);
    balance.report(0, 4);
    await clock.advance(1_000);
    balance.report(0, 2);
    balance.report(1, 2);
    await clock.advance(60_000);
    expect(asked).toEqual([0]);
  });

  it('asks each second at first, and ever more rarely, while clients come back to where they were', async () => {
    const { clock, asked, balance } = balanced(2);
    balance.report(0, 2);
    await clock.advance(10_000);
    expect(asked).toHaveLength(10);
    await clock.advance(3_600_000);
    expect(asked.length).toBeLessThan(80);
  });
});
