import type { Container } from '../schema/hierarchy.js';
import { WireCursor } from './cursor.js';
import { WireFault } from './faults.js';
import { headerOf } from './header.js';
import { PieceWriter } from './piece-writer.js';
import { WireType } from './wire-type.js';

/** Says what of a request stays. Asked about everything once, in its order on the wire. */
export interface Choice {
  /**
   * Whether to look inside a container, or else to leave it out with all that is in it.
   *
   * @param level 1 for resources, 2 for scopes, 3 for metrics, 4 for the data of metrics
   * @param field the field that it is in
   */
  enters(level: number, field: number, start: number, end: number): boolean;
  /** Whether an item stays. */
  keeps(start: number, end: number): boolean;
}

export interface Selected {
  /** `undefined` when nothing stays. */
  readonly bytes: Uint8Array | undefined;
  readonly items: number;
  /** Whether nothing was left out, so that the request is as good as it was. */
  readonly whole: boolean;
}

/**
 * A request without what the choice leaves out. What stays keeps its order and the headers of all containers around it;
 * a container that is left without items goes too. One that had nothing to choose from stays as it is if it is entered.
 *
 * @throws WireFault when the framing around the items is broken
 */
export function select(bytes: Uint8Array, request: Container, choice: Choice): Selected {
  return new Selection(bytes, choice).of(request);
}

class Selection {
  readonly #bytes: Uint8Array;
  readonly #choice: Choice;
  readonly #writer: PieceWriter;
  #whole = true;

  constructor(bytes: Uint8Array, choice: Choice) {
    this.#bytes = bytes;
    this.#choice = choice;
    this.#writer = new PieceWriter(bytes);
  }

  of(request: Container): Selected {
    const chosen = this.#enter(0, 0, request, 0, this.#bytes.length);
    if (!chosen && this.#bytes.length > 0) return { bytes: this.#bytes, items: 0, whole: true };
    const piece = this.#writer.pieces[0];
    return { bytes: piece?.bytes, items: piece?.items ?? 0, whole: this.#whole };
  }

  /** @returns whether there was anything inside to choose from; if not, nothing was written */
  #enter(level: number, field: number, container: Container, start: number, end: number): boolean {
    const writer = this.#writer;
    const choice = this.#choice;
    writer.enter(field, headerOf(this.#bytes, container, start, end));
    const cursor = new WireCursor(this.#bytes, start, end);
    let chosen = false;
    while (cursor.pos < end) {
      const at = cursor.pos;
      const tag = cursor.tag();
      const child = container.children[tag >>> 3];
      if (child === undefined) {
        cursor.skip(tag);
        continue;
      }
      if ((tag & 7) !== WireType.length) throw new WireFault('wireType', at);
      chosen = true;
      const childEnd = cursor.length() + cursor.pos;
      if (child.container === undefined) {
        if (choice.keeps(cursor.pos, childEnd)) writer.add(at, childEnd, 1);
        else this.#whole = false;
      } else if (choice.enters(level + 1, tag >>> 3, cursor.pos, childEnd)) {
        if (!this.#enter(level + 1, tag >>> 3, child.container, cursor.pos, childEnd)) {
          // A metric of a kind that is not known here, for instance: it may hold any number of items.
          writer.add(at, childEnd, 0);
        }
      } else {
        this.#whole = false;
      }
      cursor.pos = childEnd;
    }
    if (level === 0 && !writer.isEmpty) writer.flush();
    writer.leave();
    return chosen;
  }
}
