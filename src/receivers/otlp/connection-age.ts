/** How much sooner or later than `max_connection_age` a connection ends (gRPC proposal A9). */
const JITTER = 0.1;

/** An age for one connection, a tenth more or less than the given one, so that not all clients come again at once. */
export function spreadAge(ageMs: number): number {
  return ageMs * (1 - JITTER + 2 * JITTER * Math.random());
}

/** A connection younger than this is not asked to go: its client has only just come. */
const YOUNGEST_RETIRED_MS = 1_000;

/** "Recently" is since connections were compared before, if that is this long ago. */
const RECENT_MS = 5_000;

/** How busy a connection is. Counts nothing by itself, so that a call costs no more for it. */
export class ConnectionLoad {
  readonly #since: number;
  #markedAt: number;
  #marked = 0;

  constructor(now: number) {
    this.#since = now;
    this.#markedAt = now;
  }

  /**
   * Calls per millisecond of late; -1 for a connection that is too young to be asked to go.
   *
   * @param calls how many there were since the connection began
   */
  perMs(calls: number, now: number): number {
    if (now - this.#since < YOUNGEST_RETIRED_MS) return -1;
    const passed = Math.max(1, now - this.#markedAt);
    const load = (calls - this.#marked) / passed;
    if (passed >= RECENT_MS) {
      this.#markedAt = now;
      this.#marked = calls;
    }
    return load;
  }
}
