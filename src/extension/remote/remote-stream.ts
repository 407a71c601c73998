import type { RemoteRef } from './remote-ref.js';
import { WINDOW_ITEMS } from './window.js';

/** What a stream tells the host. */
export interface StreamLink {
  /** So many more items were taken. */
  taken(count: number): void;
  /** @param leave whether the host has yet to be told that nobody reads on */
  end(leave: boolean): void;
}

type Step = IteratorResult<unknown, undefined>;

interface Read {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

const END: Step = Object.freeze({ done: true, value: undefined });

/** A stream of an instance in another thread, as it is read here. It is opened by the first read. */
export class RemoteStream implements AsyncIterator<unknown, undefined> {
  readonly ref: RemoteRef;
  readonly #open: (stream: RemoteStream) => StreamLink;
  #link: StreamLink | undefined;
  /** Items that nobody has read yet; as many as the window has at most. */
  readonly #items: unknown[] = [];
  /** Reads that wait for an item. */
  readonly #reads: Read[] = [];
  /** Items that were taken, of which the host does not know yet. */
  #taken = 0;
  #ended = false;
  /** What the read after the last item throws. */
  #failure: { readonly error: unknown } | undefined;

  constructor(ref: RemoteRef, open: (stream: RemoteStream) => StreamLink) {
    this.ref = ref;
    this.#open = open;
  }

  next(): Promise<Step> {
    if (this.#items.length > 0) {
      const value = this.#items.shift();
      if (++this.#taken >= WINDOW_ITEMS / 2) this.#tell();
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) return this.#atEnd();
    try {
      this.#link ??= this.#open(this);
    } catch (error) {
      this.#ended = true;
      return Promise.reject(error);
    }
    this.#tell();
    return new Promise((resolve, reject) => {
      this.#reads.push({ resolve, reject });
    });
  }

  /** Leaves the stream. The host is told, and not waited for. */
  return(): Promise<Step> {
    this.#items.length = 0;
    this.#failure = undefined;
    this.#end(true);
    return Promise.resolve(END);
  }

  /** Takes an item that came. */
  push(value: unknown): void {
    const read = this.#reads.shift();
    if (read === undefined) {
      this.#items.push(value);
      return;
    }
    this.#taken++;
    read.resolve({ done: false, value });
  }

  /** The host has no more items. */
  finish(): void {
    this.#end(false);
  }

  /** The stream ended with an error, which is read after the items that came before. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.#end(false);
  }

  /** Ends the stream, which the host does not know yet, with an error. */
  abandon(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.#end(true);
  }

  #tell(): void {
    if (this.#taken === 0 || this.#ended) return;
    this.#link?.taken(this.#taken);
    this.#taken = 0;
  }

  #end(leave: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link?.end(leave);
    const reads = this.#reads.splice(0);
    for (const { resolve, reject } of reads) void this.#atEnd().then(resolve, reject);
  }

  #atEnd(): Promise<Step> {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve(END) : Promise.reject(failure.error);
  }
}
