/** gRPC's connection back-off (grpc/doc/connection-backoff.md), but for its longest delay. */
const FIRST_MS = 1_000;
const FACTOR = 1.6;
const JITTER = 0.2;
/**
 * gRPC allows 120 s. A server that is back is better found within the 30 s that a retry processor waits at most,
 * or every retry falls into the same pause.
 */
const LONGEST_MS = 30_000;

/** How long to leave a server alone that could not be reached. */
export class ConnectBackoff {
  #next = FIRST_MS;

  /** Milliseconds until the next attempt, a fifth more or less. */
  afterFailure(): number {
    const delay = this.#next;
    this.#next = Math.min(LONGEST_MS, delay * FACTOR);
    return delay * (1 - JITTER + 2 * JITTER * Math.random());
  }

  afterSuccess(): void {
    this.#next = FIRST_MS;
  }
}
