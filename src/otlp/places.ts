/**
 * What is under way, each at a place of its own until it is removed. A `Set` says the same, but one in which things come
 * and go makes itself a new table every few of them, and an old table that has outlived a quick collection keeps all that
 * it held, and all tables after it, until the whole heap is marked. Where what comes and goes holds requests, that
 * fills the memory with requests that are long done.
 */
export class Places<T extends object> implements Iterable<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** @returns the place that `item` has got */
  add(item: T): number {
    const place = this.#free.pop() ?? this.#items.length;
    this.#items[place] = item;
    return place;
  }

  /** @returns whether `item` was at `place` */
  remove(place: number, item: T): boolean {
    if (this.#items[place] !== item) return false;
    this.#items[place] = undefined;
    this.#free.push(place);
    return true;
  }

  /** What is under way; what is removed meanwhile is left out, what is added may be. */
  *[Symbol.iterator](): Iterator<T> {
    for (const [, item] of this.entries()) yield item;
  }

  /** The same, each with its place. */
  *entries(): Generator<[place: number, item: T]> {
    for (const [place, item] of this.#items.entries()) if (item !== undefined) yield [place, item];
  }
}
