import type { Pdata } from '../pdata.js';
import { WireCursor } from '../wire/cursor.js';
import { explain } from '../wire/explain.js';
import { WireFault } from '../wire/faults.js';
import { WireType } from '../wire/wire-type.js';

/** A function and not a class, because calling one that is not known beforehand costs less than constructing one. */
export type MakeView<V> = (pdata: Pdata, start: number, end: number) => V;

/** A message in the bytes of a payload. */
export interface Place {
  readonly pdata: Pdata;
  readonly start: number;
  readonly end: number;
}

const { length: lengthDelimited } = WireType;
const done: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** The messages in one field of a message, each found when its turn comes. Can be iterated as often as one likes. */
export class Children<V> implements Iterable<V> {
  readonly #parent: Place;
  readonly #field: number;
  readonly #make: MakeView<V>;

  constructor(parent: Place, field: number, make: MakeView<V>) {
    this.#parent = parent;
    this.#field = field;
    this.#make = make;
  }

  [Symbol.iterator](): Iterator<V> {
    return new ChildIterator(this.#parent, this.#field, this.#make);
  }
}

/** A class, because a generator takes several times as long for each turn. */
class ChildIterator<V> implements Iterator<V> {
  readonly #pdata: Pdata;
  readonly #cursor: WireCursor;
  readonly #field: number;
  readonly #make: MakeView<V>;

  constructor({ pdata, start, end }: Place, field: number, make: MakeView<V>) {
    this.#pdata = pdata;
    this.#cursor = new WireCursor(pdata.bytes, start, end);
    this.#field = field;
    this.#make = make;
  }

  next(): IteratorResult<V, undefined> {
    const cursor = this.#cursor;
    const field = this.#field;
    try {
      while (cursor.pos < cursor.end) {
        const at = cursor.pos;
        const tag = cursor.tag();
        if (tag >>> 3 !== field) {
          cursor.skip(tag);
          continue;
        }
        if ((tag & 7) !== lengthDelimited) throw new WireFault('wireType', at);
        const length = cursor.length();
        const start = cursor.pos;
        cursor.pos = start + length;
        return { done: false, value: this.#make(this.#pdata, start, cursor.pos) };
      }
      return done;
    } catch (error) {
      const { signal, bytes } = this.#pdata;
      throw explain(signal, bytes, error);
    }
  }
}
