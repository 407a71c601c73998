import { copyPieces, joinPieces, type Pieces, SMALLEST_PIECE } from '../pdata/pieces.js';

const EMPTY = new Uint8Array(0);

/** The first buffer for a body in several chunks; tiny chunks would otherwise make it grow in tiny steps. */
const SMALLEST_BYTES = 1024;

/** Chunks are kept as they are while the memory that they were read into is at most this many times what they are. */
const MOST_KEPT = 4;

/** What a socket is read into at a time; a short body must not be copied because it shares that with others. */
const READ_BYTES = 64 * 1024;

/**
 * A body that arrives in chunks. Large chunks are kept as they are. Small ones are copied into one buffer, each of which
 * would cost an object and keep what it was read into. So what it holds depends on the bytes that have arrived, neither on
 * the number of chunks nor on what was announced: some four times those bytes, and both buffers for the moment of
 * growing.
 */
export class BodyBuffer {
  readonly #mostBytes: number;
  #length = 0;
  /** The chunks, while they are kept as they are. */
  #pieces: Uint8Array[] = [];
  /** What the last chunk was read into, and how much memory the chunks keep in this way. */
  #readInto: ArrayBufferLike | undefined;
  #keptBytes = 0;
  /** What the chunks are copied into, once they are too small; it has room for `#capacity`, 0 until then. */
  #buffer: Uint8Array = EMPTY;
  #capacity = 0;

  /** @param mostBytes how long the body may become; whoever appends sees to it that it is no longer */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** How many bytes have arrived. */
  get length(): number {
    return this.#length;
  }

  /** Everything that has arrived, valid until the next change. */
  get pieces(): Pieces {
    return this.#capacity === 0 ? this.#pieces : [this.#buffer.subarray(0, this.#length)];
  }

  /** Everything that has arrived in one piece, valid until the next change. */
  get bytes(): Uint8Array {
    return joinPieces(this.pieces);
  }

  append(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    const length = this.#length + chunk.byteLength;
    if (this.#capacity === 0 && this.#canKeep(chunk, length)) {
      this.#pieces.push(chunk);
    } else {
      if (length > this.#capacity) this.#grow(length);
      this.#buffer.set(chunk, this.#length);
    }
    this.#length = length;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#length = 0;
    this.#pieces = [];
    this.#readInto = undefined;
    this.#keptBytes = 0;
    this.#buffer = EMPTY;
    this.#capacity = 0;
  }

  /** @param length of the body with the chunk */
  #canKeep(chunk: Uint8Array, length: number): boolean {
    const { buffer } = chunk;
    if (buffer !== this.#readInto) {
      this.#readInto = buffer;
      this.#keptBytes += buffer.byteLength;
    }
    const count = this.#pieces.length;
    if (count === 0) return true;
    return (count + 1) * SMALLEST_PIECE <= length && this.#keptBytes <= MOST_KEPT * length + READ_BYTES;
  }

  #grow(needed: number): void {
    const doubled = Math.max(SMALLEST_BYTES, 2 * this.#length);
    this.#capacity = Math.max(needed, Math.min(this.#mostBytes, doubled));
    // Not from the pool that the platform shares between small buffers: a body may be kept for long.
    const grown = Buffer.allocUnsafeSlow(this.#capacity);
    if (this.#pieces.length > 0) {
      copyPieces(this.#pieces, grown);
      this.#pieces = [];
      this.#readInto = undefined;
    } else {
      grown.set(this.#buffer.subarray(0, this.#length));
    }
    this.#buffer = grown;
  }
}
