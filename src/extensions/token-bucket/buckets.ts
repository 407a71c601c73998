import { hash } from 'node:crypto';
import { Bucket, type Fill } from './bucket.js';

/** A longer key is kept as its digest, so that memory is bounded by the number of keys. */
const LONGEST_KEY = 64;

/** Full buckets that are looked for and forgotten at each new key: more than one, so that their number goes down. */
const FORGOTTEN_AT_ONCE = 2;

/**
 * One bucket for those who name no key, and one for each key. A key whose bucket is full again needs none: its place
 * goes to the next new key. When all places are taken, keys without one share a bucket; a key that gets a place later
 * begins with what that bucket holds, so a key never gets more than one bucket would have granted.
 */
export class Buckets {
  readonly #fill: Fill;
  readonly #maxKeys: number;
  readonly #onCrowded: () => void;
  readonly #unkeyed: Bucket;
  readonly #shared: Bucket;
  /** Least recently used first. */
  readonly #byKey = new Map<string, Bucket>();

  /** @param onCrowded called for each request whose key has to share a bucket */
  constructor(fill: Fill, maxKeys: number, nowMs: number, onCrowded: () => void) {
    this.#fill = fill;
    this.#maxKeys = maxKeys;
    this.#onCrowded = onCrowded;
    this.#unkeyed = new Bucket(fill, nowMs);
    this.#shared = new Bucket(fill, nowMs);
  }

  /** How many keys have a bucket of their own. */
  get size(): number {
    return this.#byKey.size;
  }

  bucketOf(key: string | undefined, nowMs: number): Bucket {
    if (key === undefined) return this.#unkeyed;
    const id = key.length > LONGEST_KEY ? hash('sha256', key, 'base64') : key;
    const own = this.#byKey.get(id) ?? this.#newBucket(nowMs);
    if (own === this.#shared) {
      this.#onCrowded();
      return own;
    }
    this.#byKey.delete(id);
    this.#byKey.set(id, own);
    return own;
  }

  #newBucket(nowMs: number): Bucket {
    let looked = 0;
    for (const [id, bucket] of this.#byKey) {
      if (++looked > FORGOTTEN_AT_ONCE || !bucket.isFull(nowMs)) break;
      this.#byKey.delete(id);
    }
    if (this.#byKey.size >= this.#maxKeys) return this.#shared;
    return new Bucket(this.#fill, nowMs, this.#shared.parts(nowMs));
  }
}
