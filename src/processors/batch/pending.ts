import type { Signal } from '../../authoring.js';
import { type BatchLimits, sizeOf } from './limits.js';
import type { Parcel } from './parcel.js';

export interface PendingKey {
  readonly signal: Signal;
  /** Of the metadata. */
  readonly fingerprint: string;
}

/** What is held back of one signal and, if it has metadata, of requests with the same metadata. */
export class Pending {
  /** Tells it apart from others with metadata; `undefined` for data without. */
  readonly key: PendingKey | undefined;
  readonly #limits: BatchLimits;
  #requests: Parcel[] = [];
  #size = 0;
  #bytes = 0;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(limits: BatchLimits, key?: PendingKey) {
    this.key = key;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#requests.length === 0;
  }

  get isFull(): boolean {
    return this.#size >= this.#limits.full;
  }

  /** Whether a request can be merged into what is held without making it too big to be taken. */
  hasRoomFor(bytes: number): boolean {
    return this.isEmpty || this.#bytes + bytes <= this.#limits.mergedBytes;
  }

  /** When the oldest of what is held must go, in the clock's milliseconds; infinity when nothing is held. */
  get deadline(): number {
    return this.#deadline;
  }

  /** @param deadline when it must go, if nothing older is held */
  add(request: Parcel, deadline: number): void {
    if (this.isEmpty) this.#deadline = deadline;
    this.#requests.push(request);
    this.#size += sizeOf(request.pdata, this.#limits.sizer);
    this.#bytes += request.pdata.byteLength;
  }

  /** Hands out all that is held. */
  take(): readonly Parcel[] {
    const taken = this.#requests;
    this.#requests = [];
    this.#size = 0;
    this.#bytes = 0;
    this.#deadline = Number.POSITIVE_INFINITY;
    return taken;
  }
}
