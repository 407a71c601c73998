/** The identities that were delivered last, each for as long as the window, and only so many. */
export class RecentRecords {
  readonly #windowMs: number;
  readonly #limit: number;
  /** Until when each counts, in monotonic milliseconds. In the order of that, for the window is always the same. */
  readonly #until = new Map<string, number>();

  constructor(windowMs: number, limit: number) {
    this.#windowMs = windowMs;
    this.#limit = limit;
  }

  has(identity: string, now: number): boolean {
    const until = this.#until.get(identity);
    return until !== undefined && now < until;
  }

  add(identity: string, now: number): void {
    this.#until.delete(identity);
    this.#until.set(identity, now + this.#windowMs);
    for (const [oldest, until] of this.#until) {
      if (until > now && this.#until.size <= this.#limit) return;
      this.#until.delete(oldest);
    }
  }
}
