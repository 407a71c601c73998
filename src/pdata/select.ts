import type { Pdata } from './pdata.js';
import { type Container, hierarchies } from './schema/hierarchy.js';
import { WireCursor } from './wire/cursor.js';
import { explain } from './wire/explain.js';
import { headerOf } from './wire/header.js';
import { PieceWriter } from './wire/piece-writer.js';

/**
 * A request without some of its items. What stays keeps its order, and its resource, scope and metric, unknown fields
 * included; a container that is left without items goes too. Works on the wire: nothing is decoded.
 *
 * @param keep whether to keep the item of this number; asked once for each, in their order on the wire, from 0 on
 * @returns the request as it is when everything stays; `undefined` when nothing does
 * @throws MalformedPayload when the framing around the items is broken
 */
export function selectItems(pdata: Pdata, keep: (item: number) => boolean): Pdata | undefined {
  try {
    const selection = new Selection(pdata.bytes, keep);
    selection.enter(0, hierarchies[pdata.signal], 0, pdata.bytes.length);
    if (selection.kept === selection.items) return selection.items === 0 ? undefined : pdata;
    const bytes = selection.result;
    return bytes === undefined ? undefined : pdata.withBytes(bytes, selection.kept);
  } catch (error) {
    throw explain(pdata.signal, pdata.bytes, error);
  }
}

class Selection {
  /** Items seen so far. */
  items = 0;
  /** How many of them stay. */
  kept = 0;
  readonly #bytes: Uint8Array;
  readonly #keep: (item: number) => boolean;
  readonly #writer: PieceWriter;

  constructor(bytes: Uint8Array, keep: (item: number) => boolean) {
    this.#bytes = bytes;
    this.#keep = keep;
    this.#writer = new PieceWriter(bytes);
  }

  get result(): Uint8Array | undefined {
    return this.#writer.pieces[0]?.bytes;
  }

  enter(field: number, container: Container, start: number, end: number): void {
    this.#writer.enter(field, headerOf(this.#bytes, container, start, end));
    const cursor = new WireCursor(this.#bytes, start, end);
    while (cursor.pos < end) {
      const at = cursor.pos;
      const tag = cursor.tag();
      const child = container.children[tag >>> 3];
      if (child === undefined) {
        cursor.skip(tag);
        continue;
      }
      const childEnd = cursor.length() + cursor.pos;
      if (child.container === undefined) this.#item(at, childEnd);
      else this.enter(tag >>> 3, child.container, cursor.pos, childEnd);
      cursor.pos = childEnd;
    }
    if (field === 0 && !this.#writer.isEmpty) this.#writer.flush();
    this.#writer.leave();
  }

  #item(start: number, end: number): void {
    if (this.#keep(this.items)) {
      this.#writer.add(start, end, 1);
      this.kept += 1;
    }
    this.items += 1;
  }
}
