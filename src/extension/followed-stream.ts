const MOVED = Symbol('the stream goes on with another instance');

/** A stream that goes on with the next instance's when the instance behind it is replaced. */
export class FollowedStream<T, Item> implements AsyncIterator<Item, undefined> {
  readonly #open: (instance: T) => AsyncIterable<Item>;
  readonly #onEnd: () => void;
  #instance: T;
  #inner: AsyncIterator<Item> | undefined;
  /** Of the reads that wait for an item. */
  readonly #wakes = new Set<() => void>();
  #ended = false;

  /** @param onEnd called when nothing more comes */
  constructor(instance: T, open: (instance: T) => AsyncIterable<Item>, onEnd: () => void) {
    this.#instance = instance;
    this.#open = open;
    this.#onEnd = onEnd;
  }

  move(instance: T): void {
    const old = this.#inner;
    this.#instance = instance;
    this.#inner = undefined;
    if (old !== undefined) void leave(old);
    this.#wakeAll();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    while (!this.#ended) {
      try {
        this.#inner ??= this.#open(this.#instance)[Symbol.asyncIterator]();
        const inner = this.#inner;
        const result = await this.#nextOf(inner);
        if (result === MOVED || inner !== this.#inner) continue;
        if (result.done !== true) return result;
      } catch (error) {
        this.#end();
        throw error;
      }
      this.#end();
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    const inner = this.#inner;
    this.#end();
    this.#wakeAll();
    await inner?.return?.();
    return { done: true, value: undefined };
  }

  /** The next item, unless the stream is moved or left first. */
  #nextOf(inner: AsyncIterator<Item>): Promise<IteratorResult<Item> | typeof MOVED> {
    const step = Promise.withResolvers<IteratorResult<Item> | typeof MOVED>();
    const wake = (): void => step.resolve(MOVED);
    this.#wakes.add(wake);
    inner
      .next()
      .then(step.resolve, (error: unknown) => {
        if (inner === this.#inner) step.reject(error);
        else wake();
      })
      .finally(() => this.#wakes.delete(wake));
    return step.promise;
  }

  /** In the order of their reads, which is the order of the items that they get. */
  #wakeAll(): void {
    const wakes = [...this.#wakes];
    this.#wakes.clear();
    for (const wake of wakes) wake();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inner = undefined;
    this.#onEnd();
  }
}

/** Ends a stream that nobody reads any more. */
async function leave(stream: AsyncIterator<unknown>): Promise<void> {
  try {
    await stream.return?.();
  } catch {
    // What it says at its end concerns nobody, and must not keep other streams from moving.
  }
}
