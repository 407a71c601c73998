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
  /** In the order in which they were opened, which is that of their deadlines. */
  readonly #byMetadata = new Map<string, Pending>();

  /** @param most how many batches of data with metadata may be open */
  constructor(limits: BatchLimits, most: number) {
    this.#limits = limits;
    this.#most = most;
    this.#plain = {
      traces: new Pending(limits),
      metrics: new Pending(limits),
      logs: new Pending(limits),
    };
  }

  /** Where data is to be added; opens a batch for it if there is none. Add before anything else happens. */
  of(pdata: Pdata): Pending {
    if (pdata.metadata === undefined) return this.#plain[pdata.signal];
    const key = keyOf(pdata);
    let pending = this.#byMetadata.get(key);
    if (pending === undefined) {
      pending = new Pending(this.#limits, key);
      this.#byMetadata.set(key, pending);
    }
    return pending;
  }

  /** What must be sent before data can be added: the batch that it would make too big, or the oldest of too many. */
  inTheWayOf(pdata: Pdata): Pending | undefined {
    const { byteLength, metadata, signal } = pdata;
    const pending = metadata === undefined ? this.#plain[signal] : this.#byMetadata.get(keyOf(pdata));
    if (pending !== undefined) return pending.hasRoomFor(byteLength) ? undefined : pending;
    if (this.#byMetadata.size < this.#most) return undefined;
    const [oldest] = this.#byMetadata.values();
    return oldest;
  }

  /** Forgets a batch that has become empty; puts one that got new content last, as its content is the youngest. */
  settle(pending: Pending): void {
    const { key } = pending;
    if (key === undefined || this.#byMetadata.get(key) !== pending) return;
    this.#byMetadata.delete(key);
    if (!pending.isEmpty) this.#byMetadata.set(key, pending);
  }

  /** When the oldest of all must go; infinity when nothing is held. */
  get deadline(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const pending of this) deadline = Math.min(deadline, pending.deadline);
    return deadline;
  }

  *[Symbol.iterator](): Iterator<Pending> {
    for (const signal of signals) yield this.#plain[signal];
    yield* this.#byMetadata.values();
  }
}

/** Tells the batches of data with metadata apart. */
function keyOf({ metadata, signal }: Pdata): string {
  return `${signal} ${metadata?.fingerprint ?? ''}`;
}
