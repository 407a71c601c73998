import type { BearerToken } from './bearer-token.js';

/**
 * The token that is current, and the streams of those who follow it. Nothing is queued: a follower that is slow
 * skips what it missed and sees the latest, so memory does not grow with rotations or slow followers.
 */
export class LatestToken {
  readonly #now: () => number;
  readonly #followers = new Set<Follower>();
  #token: BearerToken | undefined;
  #version = 0;
  /** Once the last token was published; with what the streams throw, if they do not merely end. */
  #closed: { readonly failure?: unknown } | undefined;

  /** @param now monotonic milliseconds; a token that is no longer usable then is not given to a late follower */
  constructor(now: () => number) {
    this.#now = now;
  }

  get token(): BearerToken | undefined {
    return this.#token;
  }

  /** The current token if it can still be used. */
  usable(): BearerToken | undefined {
    return this.#token?.isUsable(this.#now()) === true ? this.#token : undefined;
  }

  /**
   * Makes `token` the current one. Followers hear of it unless it is the token they know already.
   *
   * @returns whether it is another token than before
   */
  publish(token: BearerToken): boolean {
    if (this.#closed !== undefined) return false;
    const changed = this.#token?.secret.reveal() !== token.secret.reveal();
    this.#token = token;
    if (changed) {
      this.#version++;
      for (const follower of [...this.#followers]) follower.wake();
    }
    return changed;
  }

  /** Ends every stream and forgets the token. */
  close(): void {
    this.#close({});
  }

  /** Ends every stream with an error and forgets the token. */
  fail(failure: unknown): void {
    this.#close({ failure });
  }

  #close(how: { readonly failure?: unknown }): void {
    this.#closed ??= how;
    this.#token = undefined;
    for (const follower of [...this.#followers]) follower.wake();
  }

  /** Every token as it becomes current, the one that is current now first. */
  stream(): AsyncIterable<BearerToken> {
    return { [Symbol.asyncIterator]: () => this.#follow() };
  }

  #follow(): Follower {
    let seen = 0;
    return new Follower(this.#followers, () => {
      if (this.#closed !== undefined) return closed(this.#closed);
      const token = this.#version === seen ? undefined : this.usable();
      if (token === undefined) return undefined;
      seen = this.#version;
      return { done: false, value: token };
    });
  }
}

type Step = IteratorResult<BearerToken, undefined>;

function closed(how: { readonly failure?: unknown }): Step {
  if ('failure' in how) throw how.failure;
  return END;
}

const END: Step = Object.freeze({ done: true, value: undefined });

/** One stream. It is known to its source only while somebody waits on it, so one dropped midway is collected. */
class Follower implements AsyncIterator<BearerToken, undefined> {
  readonly #waiting: Set<Follower>;
  readonly #take: () => Step | undefined;
  readonly #calls: PromiseWithResolvers<Step>[] = [];
  #ended = false;

  constructor(waiting: Set<Follower>, take: () => Step | undefined) {
    this.#waiting = waiting;
    this.#take = take;
  }

  next(): Promise<Step> {
    const call = Promise.withResolvers<Step>();
    this.#calls.push(call);
    this.#waiting.add(this);
    this.wake();
    return call.promise;
  }

  return(): Promise<Step> {
    this.#ended = true;
    this.wake();
    return Promise.resolve(END);
  }

  wake(): void {
    while (this.#calls.length > 0) {
      try {
        const step = this.#ended ? END : this.#take();
        if (step === undefined) return;
        this.#calls.shift()?.resolve(step);
      } catch (error) {
        // An error is the end, and is told once.
        this.#ended = true;
        this.#calls.shift()?.reject(error);
      }
    }
    this.#waiting.delete(this);
  }
}
