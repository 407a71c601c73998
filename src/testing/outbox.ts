import type { Outgoing } from './stand-ins.js';

interface Waiting {
  readonly count: number;
  readonly resolve: (sent: readonly Outgoing[]) => void;
  readonly reject: (error: Error) => void;
}

/** Keeps what a node under test sends, and hands it to what the test put in place of the next node. */
export class Outbox {
  readonly sent: Outgoing[] = [];
  readonly #downstream: (outgoing: Outgoing, signal: AbortSignal) => void | Promise<void>;
  readonly #waiting = new Set<Waiting>();
  #closed = false;

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
    if (this.#closed) return Promise.reject(this.#tooFew(count));
    return new Promise((resolve, reject) => this.#waiting.add({ count, resolve, reject }));
  }

  /** Nothing more will come. */
  close(): void {
    this.#closed = true;
    for (const { count, reject } of this.#waiting) reject(this.#tooFew(count));
    this.#waiting.clear();
  }

  #tooFew(count: number): Error {
    return new Error(
      `the node was stopped when it had sent ${this.sent.length} payloads of the ${count} waited for`,
    );
  }
}
