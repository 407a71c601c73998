import { WINDOW_BYTES, WINDOW_ITEMS } from './window.js';

/** Where the items of a stream go. */
export interface StreamSink {
  /** @returns the item's size, in bytes, about; throws when it cannot cross */
  item(value: unknown): number;
  end(): void;
  failure(error: unknown): void;
}

/** Reads a stream of an instance for a reader in another thread, as far ahead of it as the window allows. */
export class ServedStream {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #sink: StreamSink;
  /** Sizes of the items that the reader has not taken, the oldest first. */
  readonly #ahead: number[] = [];
  #bytesAhead = 0;
  #pulling = false;
  #ended = false;

  constructor(iterator: AsyncIterator<unknown>, sink: StreamSink) {
    this.#iterator = iterator;
    this.#sink = sink;
  }

  /** The reader took so many more items. */
  taken(count: number): void {
    for (const size of this.#ahead.splice(0, count)) this.#bytesAhead -= size;
    this.pull();
  }

  /** Reads on, unless the window is full. */
  pull(): void {
    if (!this.#pulling && !this.#ended) void this.#pull();
  }

  /** Ends the stream, for nobody reads it any more. */
  leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    void leave(this.#iterator);
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      while (!this.#ended && this.#ahead.length < WINDOW_ITEMS && this.#bytesAhead < WINDOW_BYTES) {
        const step = await this.#iterator.next();
        if (this.#ended) return;
        if (step.done === true) {
          this.#ended = true;
          this.#sink.end();
          return;
        }
        this.#send(step.value);
      }
    } catch (error) {
      if (this.#ended) return;
      this.#ended = true;
      this.#sink.failure(error);
    } finally {
      this.#pulling = false;
    }
  }

  #send(value: unknown): void {
    try {
      const size = this.#sink.item(value);
      this.#ahead.push(size);
      this.#bytesAhead += size;
    } catch (error) {
      this.leave();
      this.#sink.failure(error);
    }
  }
}

/** Not awaited by anyone: the return of a generator that waits for its next item ends only with that item. */
async function leave(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // What it says at its end concerns nobody any more.
  }
}
