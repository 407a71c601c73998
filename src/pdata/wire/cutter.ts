import type { Child, Container } from '../schema/hierarchy.js';
import { countItemsIn } from './count.js';
import { WireCursor } from './cursor.js';
import { headerOf } from './header.js';
import { type Piece, PieceWriter } from './piece-writer.js';

/**
 * A big header over many small records would grow, repeated, to any multiple of the request: a few megabytes off
 * the network would fill the memory. Nothing honest gets near this. What comes after it is cut so that no piece has
 * more of headers than of records, and thus grows to no more than some times its size.
 */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/**
 * Cuts an encoded request into pieces, in order, each filled up to the limits before the next begins. What fits is
 * copied whole; a container that does not is entered, and its header goes into every piece that gets some of its
 * children. Only what cannot be cut any further, an item or an empty container, may exceed `maxBytes`, alone in its
 * piece; and once the repeated headers have become absurdly many, a piece may exceed either limit until it is twice as
 * large as its headers.
 *
 * @throws WireFault when the framing around the items is broken
 */
export function cut(
  bytes: Uint8Array,
  request: Container,
  maxItems: number,
  maxBytes: number,
): readonly Piece[] {
  return new Cutter(bytes, maxItems, maxBytes).cut(request);
}

class Cutter {
  readonly #bytes: Uint8Array;
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #writer: PieceWriter;

  constructor(bytes: Uint8Array, maxItems: number, maxBytes: number) {
    this.#bytes = bytes;
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
    this.#writer = new PieceWriter(bytes);
  }

  cut(request: Container): readonly Piece[] {
    this.#enter(0, request, 0, this.#bytes.length);
    return this.#writer.pieces;
  }

  #enter(field: number, container: Container, start: number, end: number): void {
    this.#writer.enter(field, headerOf(this.#bytes, container, start, end));
    const cursor = new WireCursor(this.#bytes, start, end);
    while (cursor.pos < end) {
      const at = cursor.pos;
      const tag = cursor.tag();
      const child = container.children[tag >>> 3];
      if (child === undefined) cursor.skip(tag);
      else this.#place(tag >>> 3, child, at, cursor);
    }
    if (field === 0 && !this.#writer.isEmpty) this.#writer.flush();
    this.#writer.leave();
  }

  /** Puts a child into the piece at hand if it fits, in parts or in the next piece if not. */
  #place(field: number, child: Child, start: number, cursor: WireCursor): void {
    const writer = this.#writer;
    const contentSize = cursor.length();
    const contentStart = cursor.pos;
    const end = contentStart + contentSize;
    const items = child.container === undefined ? 1 : this.#count(child.container, contentStart, end);
    cursor.pos = end;
    if (this.#fits(end - start, items)) {
      writer.add(start, end, items);
    } else if (child.container !== undefined && this.#hasChildren(child.container, contentStart, end)) {
      this.#enter(field, child.container, contentStart, end);
    } else {
      if (!writer.isEmpty) writer.flush();
      writer.add(start, end, items);
    }
  }

  #fits(size: number, items: number): boolean {
    const writer = this.#writer;
    const sizeWith = writer.sizeWith(size);
    if (writer.headerBytes > MAX_HEADER_BYTES && sizeWith <= 2 * writer.openHeaderBytes) return true;
    return (items === 0 || writer.items + items <= this.#maxItems) && sizeWith <= this.#maxBytes;
  }

  #count(container: Container, start: number, end: number): number {
    return countItemsIn(new WireCursor(this.#bytes, start, end), container);
  }

  #hasChildren(container: Container, start: number, end: number): boolean {
    const cursor = new WireCursor(this.#bytes, start, end);
    while (cursor.pos < end) {
      const tag = cursor.tag();
      if (container.children[tag >>> 3] !== undefined) return true;
      cursor.skip(tag);
    }
    return false;
  }
}
