import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planBatches, shares } from '../../../src/receivers/traffic-generator/schedule.js';

describe('the shares of signals', () => {
  const weights = fc
    .record({ logs: fc.nat(50), metrics: fc.nat(50), traces: fc.nat(50) })
    .filter(({ logs, metrics, traces }) => logs + metrics + traces > 0);

  it('add up, never shrink, and leave nothing to a weight of 0', () => {
    fc.assert(
      fc.property(weights, fc.nat(1_000_000), fc.nat(1_000), (weight, total, more) => {
        const before = shares(total, weight);
        const after = shares(total + more, weight);
        for (const signal of ['logs', 'metrics', 'traces'] as const) {
          expect(after[signal]).toBeGreaterThanOrEqual(before[signal]);
          if (weight[signal] === 0) expect(after[signal]).toBe(0);
        }
        expect(after.logs + after.metrics + after.traces).toBe(total + more);
      }),
    );
  });

  it('come round to every kind when there is one signal a second', () => {
    const weight = { logs: 1, metrics: 1, traces: 1 };
    expect(shares(3, weight)).toEqual({ logs: 1, metrics: 1, traces: 1 });
  });
});

describe('the batches of a second', () => {
  it('are full ones and a remainder, the kinds mixed', () => {
    const batches = planBatches({ logs: 25, metrics: 10, traces: 0 }, 10);
    expect(batches.map(({ signal, count }) => `${signal} ${count}`)).toEqual([
      'metrics 10',
      'logs 10',
      'logs 10',
      'logs 5',
    ]);
  });

  it('are none when there is nothing to generate', () => {
    expect(planBatches({ logs: 0, metrics: 0, traces: 0 }, 10)).toEqual([]);
  });
});
