import type { TraitSample } from './trait-sample.js';

/** So many units in each second, counted anew in the next. */
export const rateLimiter: TraitSample = {
  name: 'rate_limiter',
  id: 'RateLimiter',
  does: 'grants so many units a second',
  fields: [
    {
      name: 'units_per_second',
      schema: 'z.number().int().positive()',
      imports: [],
      description: 'How many units are granted in each second, to each key.',
    },
  ],
  config: { units_per_second: 100 },
  services: ['clock'],
  imports: ['type RateDecision'],
  state: `  /** What each key has taken in the second that began at \`since\`. */
  readonly #taken = new Map<string | undefined, number>();
  #since = 0;
`,
  members: `  async take(amount: number, key?: string): Promise<RateDecision> {
    if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError('amount is a whole number from 0');
    const { units_per_second: limit } = this.settings;
    if (amount > limit) return { outcome: 'never', largest: limit };
    const now = this.clock.now();
    if (now - this.#since >= 1_000) {
      this.#since = now;
      this.#taken.clear();
    }
    const taken = (this.#taken.get(key) ?? 0) + amount;
    if (taken > limit) return { outcome: 'later', retryAfterMs: this.#since + 1_000 - now };
    if (amount > 0) this.#taken.set(key, taken);
    return { outcome: 'granted' };
  }
`,
  boundBy: 'receiver',
  boundWith: 'rate_limit: { unit: requests }',
  test: {
    imports: [],
    cases: `  it('grants its units in each second, to each key', async () => {
    await using harness = await started();
    const limiter = harness.trait(RateLimiter);
    assert.deepEqual(await limiter.take(100), { outcome: 'granted' });
    assert.deepEqual(await limiter.take(1), { outcome: 'later', retryAfterMs: 1_000 });
    assert.deepEqual(await limiter.take(100, 'another key'), { outcome: 'granted' });
    assert.deepEqual(await limiter.take(101), { outcome: 'never', largest: 100 });
    await harness.clock.advance(1_000);
    assert.deepEqual(await limiter.take(1), { outcome: 'granted' });
  });
`,
  },
};
