import type { BearerToken } from '../traits/bearer-token.js';

/**
 * The token that is current, and the streams of those who follow it. Nothing is queued: a follower that is slow
 * skips what it missed and sees the latest, so memory does not grow with rotations or slow followers.
 */
export class LatestToken {
  readonly #now: () => number;
  readonly #followers = new Set<Follower>();
  #token: BearerToken | undefined;
  #version = 0;
  #closed = false;

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
    if (this.#closed) return false;
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
    this.#closed = true;
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
      if (this.#closed) return END;
      const token = this.#version === seen ? undefined : this.usable();
      if (token === undefined) return undefined;
      seen = this.#version;
      return { done: false, value: token };
    });
  }
}

type Step = IteratorResult<BearerToken, undefined>;

const END: Step = Object.freeze({ done: true, value: undefined });

/** One stream. It is known to its source only while somebody waits on it, so one dropped midway is collected. */
class Follower implements AsyncIterator<BearerToken, undefined> {
  readonly #waiting: Set<Follower>;
  readonly #take: () => Step | undefined;
  readonly #calls: ((step: Step) => void)[] = [];
  #ended = false;

  constructor(waiting: Set<Follower>, take: () => Step | undefined) {
    this.#waiting = waiting;
    this.#take = take;
  }

  next(): Promise<Step> {
    return new Promise((resolve) => {
      this.#calls.push(resolve);
      this.#waiting.add(this);
      this.wake();
    });
  }

  return(): Promise<Step> {
    this.#ended = true;
    this.wake();
    return Promise.resolve(END);
  }

  wake(): void {
    while (this.#calls.length > 0) {
      const step = this.#ended ? END : this.#take();
      if (step === undefined) return;
      this.#calls.shift()?.(step);
    }
    this.#waiting.delete(this);
  }
}
