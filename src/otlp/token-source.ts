import type { BearerToken } from '../traits/bearer-token.js';
import type { BearerTokenProvider } from '../traits/bearer-token-provider.js';
import { fitsHeader, UNFIT_FOR_HEADER } from './bearer-value.js';
import type { CallClock } from './call-limit.js';
import { RefusedToken } from './refused-token.js';

/** How long to wait before a provider that had no token is asked again. Asking is cheap: it keeps its own pace. */
export const ASK_AGAIN_MS = 1_000;

export interface TokenSourceOptions {
  readonly clock: CallClock & { now(): number };
  readonly log: {
    info(message: string): void;
    warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  };
}

/** There was no usable token until the caller gave up. */
export class NoUsableToken extends Error {
  override readonly name = 'NoUsableToken';
}

interface Waiter {
  readonly resolve: (token: BearerToken) => void;
}

/**
 * A provider's tokens as a sender needs them: the current one at the cost of a comparison, and a wait when there is
 * none that may be used. The first wait subscribes to the provider, so that a renewed token is used from the next
 * request on. An outage of the provider, and of the server's trust in its tokens, is logged once, when it begins.
 */
export class TokenSource {
  readonly #provider: BearerTokenProvider;
  readonly #clock: TokenSourceOptions['clock'];
  readonly #log: TokenSourceOptions['log'];
  readonly #waiters = new Set<Waiter>();
  readonly #refused = new RefusedToken();
  #token: BearerToken | undefined;
  #stream: AsyncIterator<BearerToken> | undefined;
  #asking = false;
  #endPause: (() => void) | undefined;
  /** Why there is no token; `undefined` while all is well. */
  #outage: string | undefined;
  #closed = false;

  constructor(provider: BearerTokenProvider, options: TokenSourceOptions) {
    this.#provider = provider;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** The token to send now; `undefined` when none is held that may be used. */
  get current(): BearerToken | undefined {
    return this.#token?.isUsable(this.#clock.now()) === true ? this.#token : undefined;
  }

  /**
   * The token to send, as soon as there is one.
   *
   * @throws NoUsableToken when `signal` aborts first
   */
  wait(signal: AbortSignal): Promise<BearerToken> {
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.delete(waiter);
        reject(new NoUsableToken(`no usable token from the bearer_token_provider${this.#because()}`));
      };
      const waiter: Waiter = {
        resolve: (token) => {
          signal.removeEventListener('abort', giveUp);
          resolve(token);
        },
      };
      if (signal.aborted || this.#closed) {
        giveUp();
        return;
      }
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(waiter);
      if (this.#stream === undefined) void this.#follow();
      if (!this.#asking) void this.#ask();
    });
  }

  /**
   * Tells that the server refused a token. Nothing is sent then until the provider gives another one, or until it is
   * time to try this one again.
   */
  refused(token: BearerToken): void {
    // One token is refused by every request that is under way with it, and may have been replaced meanwhile.
    if (this.#token?.secret.reveal() !== token.secret.reveal()) return;
    this.#token = undefined;
    if (!this.#refused.refuse(token, this.#clock.now())) return;
    this.#log.warn(
      'the server refuses the token of the bearer_token_provider; sending waits for another one, ' +
        'and tries this one again after a pause that grows to 300 s',
      { retryInS: this.#refused.pauseMs / 1_000 },
    );
  }

  /** Unsubscribes from the provider. */
  close(): void {
    this.#closed = true;
    this.#endPause?.();
    // Not awaited: the return of a generator that waits for its next token ends only with that token. A failure
    // to unsubscribe concerns nobody any more.
    this.#stream?.return?.().catch(() => {});
  }

  /** Takes every token that the provider publishes. */
  async #follow(): Promise<void> {
    try {
      const stream = this.#provider.tokenStream()[Symbol.asyncIterator]();
      this.#stream = stream;
      for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
        if (this.#closed) return;
        this.#take(next.value);
      }
    } catch (error) {
      if (!this.#closed) {
        this.#log.warn('the token stream of the bearer_token_provider broke; the next wait opens it again', {
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    } finally {
      this.#stream = undefined;
    }
  }

  /** Asks for as long as somebody waits. */
  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#waiters.size > 0 && !this.#closed) {
      try {
        this.#take(await this.#provider.getToken());
      } catch (error) {
        this.#failed(error);
      }
      if (this.#waiters.size > 0 && !this.#closed) await this.#pause();
    }
    this.#asking = false;
  }

  #take(token: BearerToken): void {
    if (!token.isUsable(this.#clock.now())) {
      if (this.current === undefined) this.#failed(new Error('it gave a token that is about to expire'));
      return;
    }
    if (!fitsHeader(token.secret.reveal())) {
      this.#failed(new Error(`it gave a token that ${UNFIT_FOR_HEADER}`));
      return;
    }
    if (this.#outage !== undefined) {
      this.#outage = undefined;
      this.#log.info('the bearer_token_provider gives tokens again');
    }
    if (this.#refused.bars(token, this.#clock.now())) return;
    this.#token = token;
    if (this.#refused.isReplacedBy(token)) {
      this.#log.info('the bearer_token_provider gives another token than the one that the server refused');
    }
    const waiting = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiting) waiter.resolve(token);
    this.#endPause?.();
  }

  #failed(error: unknown): void {
    const began = this.#outage === undefined;
    this.#outage = error instanceof Error ? error.message : String(error);
    if (!began || this.#closed) return;
    this.#log.warn('the bearer_token_provider has no usable token; sending waits for one', {
      reason: this.#outage,
    });
  }

  #because(): string {
    if (this.#outage !== undefined) return `: ${this.#outage}`;
    return this.#refused.lasts(this.#clock.now()) ? ': the server refused the one that it gives' : '';
  }

  /** Waits before the next question, or until a token came by the stream. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#endPause = undefined;
        resolve();
      };
      const timer = this.#clock.setTimeout(end, ASK_AGAIN_MS);
      this.#endPause = end;
    });
  }
}
