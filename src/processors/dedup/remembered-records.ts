import type { Clock, KeyValueOperation, KeyValueStore } from '../../authoring.js';

/** When a record was delivered, as the store keeps it: milliseconds since the Unix epoch in 64 bits. */
const TIME_BYTES = 8;

/** What a sweep has seen is deleted after so many entries, while it is still true that it has expired. */
const SWEEP_ENTRIES = 256;

/** The identities of delivered records in the store, where they outlive the process. */
export class RememberedRecords {
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  readonly #windowMs: number;

  constructor(store: KeyValueStore, clock: Clock, windowMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** Which of them were delivered within the window. @throws TraitError */
  async which(identities: readonly string[]): Promise<ReadonlySet<string>> {
    const times = await this.#store.getMany(identities);
    return new Set(identities.filter((_, index) => this.#counts(times[index])));
  }

  /** Remembers that they were delivered now. @throws TraitError */
  async remember(identities: readonly string[]): Promise<void> {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeDoubleBE(this.#clock.wallTime());
    await this.#store.batch(identities.map((identity) => ({ set: identity, value: time })));
  }

  /**
   * Deletes what has expired. What another process delivers anew in between stays: the times are read again.
   *
   * @param spare what was delivered anew, and must stay although it is listed with its old time
   * @throws TraitError
   */
  async sweep(spare: (identity: string) => boolean, signal: AbortSignal): Promise<void> {
    let seen = 0;
    let expired: string[] = [];
    for await (const { key, value } of this.#store.entries('')) {
      if (signal.aborted) return;
      if (!this.#counts(value)) expired.push(key);
      seen += 1;
      if (seen % SWEEP_ENTRIES > 0) continue;
      await this.#deleteExpired(expired, spare);
      expired = [];
    }
    await this.#deleteExpired(expired, spare);
  }

  async #deleteExpired(identities: readonly string[], spare: (identity: string) => boolean): Promise<void> {
    if (identities.length === 0) return;
    const times = await this.#store.getMany(identities);
    const operations: KeyValueOperation[] = identities
      .filter(
        (identity, index) => times[index] !== undefined && !this.#counts(times[index]) && !spare(identity),
      )
      .map((identity) => ({ delete: identity }));
    if (operations.length > 0) await this.#store.batch(operations);
  }

  /** A time that lies ahead counts too, up to a window: the system's clock may have been set back. */
  #counts(time: Uint8Array | undefined): boolean {
    if (time?.byteLength !== TIME_BYTES) return false;
    const deliveredAt = Buffer.from(time.buffer, time.byteOffset, TIME_BYTES).readDoubleBE();
    return Math.abs(this.#clock.wallTime() - deliveredAt) < this.#windowMs;
  }
}
