import { describe, expect, it } from '@jest/globals';
import { type Completion, mergeCompletions, Nack, splitCompletion } from '../../src/authoring.js';

/** A completion that writes down what it is told. */
function recorder(): Completion & { readonly outcomes: string[] } {
  const outcomes: string[] = [];
  return {
    outcomes,
    ack: () => outcomes.push('ack'),
    nack: ({ message, permanent }) => outcomes.push(`${message} ${permanent ? 'permanent' : 'retryable'}`),
  };
}

describe('a merged completion', () => {
  it('tells every part the one outcome', () => {
    const [a, b] = [recorder(), recorder()];
    mergeCompletions([a, b]).ack();
    const [c, d] = [recorder(), recorder()];
    mergeCompletions([c, d]).nack(Nack.retryable('down'));
    expect([a.outcomes, b.outcomes, c.outcomes, d.outcomes]).toEqual([
      ['ack'],
      ['ack'],
      ['down retryable'],
      ['down retryable'],
    ]);
  });
});

describe('a split completion', () => {
  it('is acked when every part was', () => {
    const whole = recorder();
    const parts = splitCompletion(whole, 3);
    parts[0]?.ack();
    parts[2]?.ack();
    expect(whole.outcomes).toEqual([]);
    parts[1]?.ack();
    expect(whole.outcomes).toEqual(['ack']);
  });

  it('is nacked once all parts have reported and one failed', () => {
    const whole = recorder();
    const [first, second] = splitCompletion(whole, 2);
    first?.nack(Nack.permanent('bad'));
    expect(whole.outcomes).toEqual([]);
    second?.ack();
    expect(whole.outcomes).toEqual(['bad permanent']);
  });

  it('is retryable when any part is, so that no part is given up for the sake of another', () => {
    const whole = recorder();
    const [first, second] = splitCompletion(whole, 2);
    first?.nack(Nack.permanent('bad'));
    second?.nack(Nack.retryable('down'));
    expect(whole.outcomes).toEqual(['down retryable']);
  });

  it('counts a part that reports twice once', () => {
    const whole = recorder();
    const [first, second] = splitCompletion(whole, 2);
    first?.ack();
    first?.ack();
    first?.nack(Nack.retryable('late'));
    expect(whole.outcomes).toEqual([]);
    second?.ack();
    expect(whole.outcomes).toEqual(['ack']);
  });
});
