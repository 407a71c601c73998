import type { BearerToken } from './bearer-token.js';
import type { BearerTokenProvider } from './bearer-token-provider.js';
import { LatestToken } from './latest-token.js';
import type { NearbyContext } from './trait.js';

/**
 * A provider that lives in another thread, with its current token in this one. The first call subscribes to the
 * provider; all consumers of this thread share the subscription, and a token that has come by it is given without a hop
 * for as long as it is usable. A token that the provider replaces early comes by it too, at once.
 */
export class NearbyToken implements BearerTokenProvider {
  readonly #remote: BearerTokenProvider;
  readonly #context: NearbyContext;
  /** What the subscription brought. One that has ended leaves no token behind: nobody would say when it is replaced. */
  #latest: LatestToken;
  #subscription: AsyncIterator<BearerToken> | undefined;
  #asking: Promise<BearerToken> | undefined;
  /** Streams of consumers that are being read. */
  #readers = 0;

  constructor(remote: BearerTokenProvider, context: NearbyContext) {
    this.#remote = remote;
    this.#context = context;
    this.#latest = this.#none();
    context.superseded.addEventListener('abort', () => this.#leaveUnlessRead(), { once: true });
  }

  getToken(): Promise<BearerToken> {
    const token = this.#latest.usable();
    if (token !== undefined) return Promise.resolve(token);
    if (!this.#context.superseded.aborted) this.#subscribe();
    // What it gives is not kept: by the time it has come, the subscription may have brought a newer one.
    this.#asking ??= this.#remote.getToken().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  tokenStream(): AsyncIterable<BearerToken> {
    return {
      [Symbol.asyncIterator]: () =>
        this.#context.superseded.aborted && this.#subscription === undefined
          ? this.#remote.tokenStream()[Symbol.asyncIterator]()
          : this.#read(),
    };
  }

  #read(): AsyncIterator<BearerToken> {
    this.#subscribe();
    this.#readers++;
    const inner = this.#latest.stream()[Symbol.asyncIterator]();
    let reading = true;
    const end = (): void => {
      if (!reading) return;
      reading = false;
      this.#readers--;
      if (this.#context.superseded.aborted) this.#leaveUnlessRead();
    };
    return {
      next: async () => {
        try {
          const step = await inner.next();
          if (step.done === true) end();
          return step;
        } catch (error) {
          end();
          throw error;
        }
      },
      return: async () => {
        end();
        await inner.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  #subscribe(): void {
    if (this.#subscription !== undefined) return;
    const subscription = this.#remote.tokenStream()[Symbol.asyncIterator]();
    this.#subscription = subscription;
    void this.#follow(subscription, this.#latest);
  }

  async #follow(subscription: AsyncIterator<BearerToken>, latest: LatestToken): Promise<void> {
    try {
      for (let step = await subscription.next(); step.done !== true; step = await subscription.next()) {
        latest.publish(step.value);
      }
      latest.close();
    } catch (error) {
      latest.fail(error);
    }
    if (subscription !== this.#subscription) return;
    this.#subscription = undefined;
    this.#latest = this.#none();
  }

  #leaveUnlessRead(): void {
    const subscription = this.#subscription;
    if (this.#readers > 0 || subscription === undefined) return;
    this.#subscription = undefined;
    this.#latest.close();
    this.#latest = this.#none();
    // Its way out is the hop's; that it failed to leave concerns nobody any more.
    subscription.return?.().catch(() => {});
  }

  #none(): LatestToken {
    return new LatestToken(() => this.#context.now());
  }
}
