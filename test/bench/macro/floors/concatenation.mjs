const FULL_BYTES = 1_048_576;

/** Puts messages one after the other, which is what merging OTLP requests is, until there is a batch of them. */
export class Concatenation {
  #pieces = [];
  #bytes = 0;
  #full;

  /** @param full takes a batch: its pieces in order, and how many bytes they are together */
  constructor(full) {
    this.#full = full;
  }

  /** @param pieces of one message, in order */
  add(pieces) {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
    if (this.#bytes >= FULL_BYTES) this.flush();
  }

  flush() {
    if (this.#bytes === 0) return;
    const [pieces, bytes] = [this.#pieces, this.#bytes];
    this.#pieces = [];
    this.#bytes = 0;
    this.#full(pieces, bytes);
  }
}
