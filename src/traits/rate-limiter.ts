import { createTrait, type ExtensionTrait } from './trait.js';

/**
 * What a limiter says to a request for units. `granted`: they are taken. `later`: nothing was taken; the same amount
 * could be granted after `retryAfterMs` milliseconds (above zero) if nobody else asked meanwhile, for nothing is
 * reserved. `never`: nothing was taken, and waiting is in vain, because more than `largest` units are never granted at
 * once.
 */
export type RateDecision =
  | { readonly outcome: 'granted' }
  | { readonly outcome: 'later'; readonly retryAfterMs: number }
  | { readonly outcome: 'never'; readonly largest: number };

/**
 * Says how fast something may go. What one unit is (a request, an item, a byte) is between those who share a limiter:
 * the limiter only counts.
 */
export interface RateLimiter {
  /**
   * Asks for `amount` units at once, all or none of them. Answers right away; whoever would rather wait than be
   * refused asks again, after `retryAfterMs` or sooner: another limiter may stand behind the handle by then. Units are not given back.
   *
   * @param amount a whole number from 0; none is always granted
   * @param key whose budget is asked for, such as a tenant's name: each key has a budget of its own, as large as the
   * one that all calls without a key share. The same key is the same budget for everyone who binds the limiter.
   * @throws RangeError when the amount is not a whole number from 0
   * @throws when it cannot decide; the caller then fails closed and lets nothing through
   */
  take(amount: number, key?: string): Promise<RateDecision>;
}

export const RateLimiter: ExtensionTrait<RateLimiter> = createTrait<RateLimiter>({
  id: 'RateLimiter',
  name: 'rate_limiter',
  description: 'Says how fast something may go: grants units now, or says after how long it could.',
  methods: { take: 'async' },
  handle: (target) => ({ take: (amount, key) => target.counted(target.current.take(amount, key)) }),
});
