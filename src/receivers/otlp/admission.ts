/** Counts the requests in work and lets no more in than the limit. */
export class Admission {
  readonly limit: number;
  #inWork = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes a place; `false` when there is none. Whoever got one calls `leave` once. */
  enter(): boolean {
    if (this.#inWork >= this.limit) return false;
    this.#inWork += 1;
    return true;
  }

  leave(): void {
    this.#inWork -= 1;
    if (this.#inWork > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Resolves when nothing is in work. */
  idle(): Promise<void> {
    if (this.#inWork === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }
}
