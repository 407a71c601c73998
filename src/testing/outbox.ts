import type { Outgoing } from './stand-ins.js';

interface Waiting {
  readonly count: number;
  readonly resolve: (sent: readonly Outgoing[]) => void;
}

/** Keeps what a node under test sends, and hands it to what the test put in place of the next node. */
export class Outbox {
  readonly sent: Outgoing[] = [];
  readonly #downstream: (outgoing: Outgoing, signal: AbortSignal) => void | Promise<void>;
  readonly #waiting = new Set<Waiting>();

  constructor(downstream: ((outgoing: Outgoing, signal: AbortSignal) => void | Promise<void>) | undefined) {
    this.#downstream = downstream ?? (() => {});
  }

  async take(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    this.sent.push(outgoing);
    for (const waiting of this.#waiting) {
      if (waiting.count > this.sent.length) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(this.sent);
    }
    await this.#downstream(outgoing, signal);
  }

  whenSent(count: number): Promise<readonly Outgoing[]> {
    if (this.sent.length >= count) return Promise.resolve(this.sent);
    return new Promise((resolve) => this.#waiting.add({ count, resolve }));
  }
}
