const EMPTY = new Uint8Array(0);

/** The first buffer for a body in several chunks; tiny chunks would otherwise make it grow in tiny steps. */
const SMALLEST_BYTES = 1024;

/**
 * A body that arrives in chunks. What it holds depends on the bytes that have arrived, neither on the number of
 * chunks, each of which would cost an object and keep what it was read into, nor on what was announced: at most
 * twice those bytes, and both buffers for the moment of growing. A body in one chunk is not copied.
 */
export class BodyBuffer {
  #mostBytes: number;
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  /** How much `#bytes` has room for; 0 while it is the first chunk, which belongs to whoever read it. */
  #capacity = 0;

  /** @param mostBytes how long the body may become; whoever appends sees to it that it is no longer */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** How many bytes have arrived. */
  get length(): number {
    return this.#length;
  }

  /** Everything that has arrived, in one piece, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#capacity === 0 ? this.#bytes : this.#bytes.subarray(0, this.#length);
  }

  /** Takes note of how long the body will be, once that is known, so that no room is made for more. */
  announce(totalBytes: number): void {
    this.#mostBytes = totalBytes;
  }

  append(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#length = chunk.byteLength;
      return;
    }
    const length = this.#length + chunk.byteLength;
    if (length > this.#capacity) this.#grow(length);
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#bytes = EMPTY;
    this.#length = 0;
    this.#capacity = 0;
  }

  #grow(needed: number): void {
    const doubled = Math.max(SMALLEST_BYTES, 2 * this.#length);
    this.#capacity = Math.max(needed, Math.min(this.#mostBytes, doubled));
    // Not from the pool that the platform shares between small buffers: a body may be kept for long.
    const grown = Buffer.allocUnsafeSlow(this.#capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
