import { type Pdata, type Signal, signals } from '../../authoring.js';
import type { BatchLimits } from './limits.js';
import { Pending } from './pending.js';

/**
 * What is held back, apart by signal and by the metadata of the requests that brought it: data of two tenants is
 * never merged. Data without metadata has its three batches for good; others come and go.
 */
export class OpenBatches {
  readonly #limits: BatchLimits;
  readonly #most: number;
  readonly #plain: Readonly<Record<Signal, Pending>>;
  /** Those of data with metadata, by its fingerprint. */
  readonly #byMetadata: Readonly<Record<Signal, Map<string, Pending>>>;
  /** The same in the order in which they were opened, which is that of their deadlines. */
  readonly #inOrder = new Set<Pending>();

  /** @param most how many batches of data with metadata may be open */
  constructor(limits: BatchLimits, most: number) {
    this.#limits = limits;
    this.#most = most;
    this.#plain = {
      traces: new Pending(limits),
      metrics: new Pending(limits),
      logs: new Pending(limits),
    };
    this.#byMetadata = { traces: new Map(), metrics: new Map(), logs: new Map() };
  }

  /** Where data is to be added; opens a batch for it if there is none. Add before anything else happens. */
  of({ metadata, signal }: Pdata): Pending {
    if (metadata === undefined) return this.#plain[signal];
    const { fingerprint } = metadata;
    const batches = this.#byMetadata[signal];
    let pending = batches.get(fingerprint);
    if (pending === undefined) {
      pending = new Pending(this.#limits, { signal, fingerprint });
      batches.set(fingerprint, pending);
      this.#inOrder.add(pending);
    }
    return pending;
  }

  /** What must be sent before data can be added: the batch that it would make too big, or the oldest of too many. */
  inTheWayOf({ byteLength, metadata, signal }: Pdata): Pending | undefined {
    const pending =
      metadata === undefined ? this.#plain[signal] : this.#byMetadata[signal].get(metadata.fingerprint);
    if (pending !== undefined) return pending.hasRoomFor(byteLength) ? undefined : pending;
    if (this.#inOrder.size < this.#most) return undefined;
    const [oldest] = this.#inOrder;
    return oldest;
  }

  /** Forgets a batch that has become empty; puts one that got new content last, as its content is the youngest. */
  settle(pending: Pending): void {
    if (pending.key === undefined || !this.#inOrder.delete(pending)) return;
    if (pending.isEmpty) this.#byMetadata[pending.key.signal].delete(pending.key.fingerprint);
    else this.#inOrder.add(pending);
  }

  /** When the oldest of all must go; infinity when nothing is held. */
  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const pending of this) deadline = Math.min(deadline, pending.deadline);
    return deadline;
  }

  *[Symbol.iterator](): Iterator<Pending> {
    for (const signal of signals) yield this.#plain[signal];
    yield* this.#inOrder;
  }
}
