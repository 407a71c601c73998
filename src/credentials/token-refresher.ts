import type { Clock } from '../extension/clock.js';
import type { ExtensionContext } from '../extension/context.js';
import type { Logger } from '../extension/logger.js';
import type { TraitError, TraitErrorFactory } from '../extension/trait-error.js';
import { fitsHeader, UNFIT_FOR_HEADER } from '../otlp/bearer-value.js';
import { type BearerToken, USABLE_MARGIN_MS } from '../traits/bearer-token.js';
import { BearerTokenProvider } from '../traits/bearer-token-provider.js';
import { LatestToken } from '../traits/latest-token.js';
import { abortable } from './deadline.js';
import { failureDelay, MIN_REFRESH_INTERVAL_MS, type Random, refreshDelay } from './refresh-schedule.js';

export interface TokenRefresherOptions {
  /**
   * Fetches a token. Stops when the signal aborts, which happens at shutdown. It limits its own time. What it
   * throws is shown to operators and consumers, so neither message nor cause of it may hold a secret.
   */
  readonly acquire: (signal: AbortSignal) => Promise<BearerToken>;
  /** How long before expiry a token is refreshed, in milliseconds; jitter makes it up to 60 s earlier. */
  readonly refreshAheadMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly errors: TraitErrorFactory;
  readonly random?: Random;
}

/**
 * Keeps one bearer token fresh, for any extension that provides `BearerTokenProvider`.
 *
 * One loop does all the fetching: at the start, ahead of each expiry, and after a failure when its back-off is
 * over. A consumer that finds no usable token waits for the attempt under way, or is told at once of the failure
 * whose back-off still lasts; it never causes a fetch. So misses share fetches, and load on the data path does
 * not become load on the token server.
 *
 * @example
 * readonly #refresher = new TokenRefresher({ acquire: (signal) => this.#login(signal), refreshAheadMs: 60_000, ... });
 * start(ctx: ExtensionContext) { return this.#refresher.run(ctx); }
 * getToken() { return this.#refresher.getToken(); }
 * tokenStream() { return this.#refresher.tokenStream(); }
 */
export class TokenRefresher {
  readonly #options: TokenRefresherOptions;
  readonly #random: Random;
  readonly #latest: LatestToken;
  #state: 'new' | 'running' | 'stopped' = 'new';
  /** The attempt under way or, between two attempts, the next one. Never rejects. */
  #attempt = Promise.withResolvers<void>();
  /** The last attempt's error, while its back-off lasts. */
  #failure: TraitError | undefined;
  #failures = 0;
  #warnedOfShortLife = false;

  constructor(options: TokenRefresherOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#latest = new LatestToken(() => options.clock.now());
  }

  /**
   * Fetches and refreshes until the context's signal aborts; says `ready` at the first token. Call it once, from
   * the extension's `start`.
   */
  async run(ctx: ExtensionContext): Promise<void> {
    if (this.#state !== 'new') throw new Error('a TokenRefresher runs once; make another one');
    this.#state = 'running';
    try {
      while (!ctx.signal.aborted) {
        const delay = await this.#attemptOnce(ctx);
        if (delay === undefined) await ctx.stopping();
        else await this.#options.clock.sleep(delay, ctx.signal);
        this.#failure = undefined;
      }
    } catch (error) {
      if (!ctx.signal.aborted) throw error;
    } finally {
      this.#state = 'stopped';
      this.#latest.close();
      this.#attempt.resolve();
    }
  }

  /** See `BearerTokenProvider.getToken`. */
  async getToken(): Promise<BearerToken> {
    const current = this.#latest.usable();
    if (current !== undefined) return current;
    this.#throwIfNotServing();
    await this.#attempt.promise;
    const fetched = this.#latest.usable();
    if (fetched !== undefined) return fetched;
    this.#throwIfNotServing();
    throw this.#error('the token that was fetched expired before it could be used; try again');
  }

  /** See `BearerTokenProvider.tokenStream`. */
  tokenStream(): AsyncIterable<BearerToken> {
    return this.#latest.stream();
  }

  #throwIfNotServing(): void {
    if (this.#state === 'new') throw this.#error('has not started, so it has no token yet');
    if (this.#state === 'stopped') throw this.#error('has stopped and gives no more tokens');
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** @returns milliseconds until the next attempt; `undefined` when none is needed */
  async #attemptOnce(ctx: ExtensionContext): Promise<number | undefined> {
    let delay: number | undefined;
    try {
      const token = await abortable(ctx.signal, this.#options.acquire(ctx.signal));
      this.#refuseUnusable(token);
      delay = this.#succeeded(token, ctx);
    } catch (error) {
      ctx.signal.throwIfAborted();
      delay = this.#failed(error);
    }
    this.#attempt.resolve();
    this.#attempt = Promise.withResolvers();
    return delay;
  }

  #succeeded(token: BearerToken, ctx: ExtensionContext): number | undefined {
    const { clock, log, refreshAheadMs } = this.#options;
    const changed = this.#latest.publish(token);
    const delay = refreshDelay(token, clock.now(), refreshAheadMs, this.#random);
    const fields = {
      expiresInS: token.expiresAt === undefined ? 'never' : seconds(token.expiresAt - clock.now()),
      refreshInS: delay === undefined ? 'never' : seconds(delay),
    };
    if (this.#failures > 0) log.info(`got a token again after ${this.#failures} failed attempts`, fields);
    else log.debug(changed ? 'got a token' : 'the token is still the same', fields);
    if (changed && delay === MIN_REFRESH_INTERVAL_MS) this.#warnOfShortLife(fields.expiresInS);
    this.#failures = 0;
    ctx.ready();
    return delay;
  }

  #failed(error: unknown): number {
    this.#failures++;
    const delay = failureDelay(this.#failures, this.#random);
    const reason = error instanceof Error ? error.message : 'an unknown error';
    this.#failure = this.#error(`cannot get a token: ${reason}`, error);
    const usable = this.#latest.usable();
    this.#options.log.warn(`cannot get a token: ${reason}`, {
      attempt: this.#failures,
      retryInS: seconds(delay),
      currentToken: usable === undefined ? 'none' : 'still usable',
    });
    return delay;
  }

  #refuseUnusable(token: BearerToken): void {
    const now = this.#options.clock.now();
    if (!fitsHeader(token.secret.reveal())) throw new Error(`the token that was issued ${UNFIT_FOR_HEADER}`);
    if (!token.isUsable(now)) {
      throw new Error(
        `the token that was issued expires in ${seconds((token.expiresAt ?? now) - now)} s; ` +
          `tokens within ${USABLE_MARGIN_MS / 1_000} s of expiry are not used`,
      );
    }
  }

  #warnOfShortLife(expiresInS: number | string): void {
    if (this.#warnedOfShortLife) return;
    this.#warnedOfShortLife = true;
    this.#options.log.warn(
      'tokens live hardly longer than the time they are refreshed ahead of expiry, so they are fetched every 10 s',
      { expiresInS, refreshAheadS: seconds(this.#options.refreshAheadMs) },
    );
  }

  #error(reason: string, cause?: unknown): TraitError {
    return this.#options.errors.create(BearerTokenProvider, reason, cause === undefined ? {} : { cause });
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
