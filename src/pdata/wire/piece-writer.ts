import { varintSize, writeVarint } from './varint.js';
import { WireType } from './wire-type.js';

/** A container that is being cut: the field that it is in, and its header, to be repeated in every piece. */
interface OpenContainer {
  readonly field: number;
  /** Everything in the container that is not one of its children. */
  readonly header: Uint8Array;
  /** Where `#headers` has it. */
  readonly headerIndex: number;
  /** Size of its content in the piece at hand: header and finished children. */
  contentSize: number;
  /** Where its length will go in `#operations`; -1 while this piece has none of its children. */
  openedAt: number;
}

export interface Piece {
  readonly bytes: Uint8Array;
  readonly items: number;
  /** Where in the source the first of its children begins and the last ends. What it repeats may stand elsewhere. */
  readonly start: number;
  readonly end: number;
}

// An operation is three numbers: COPY, start, end of the source; or OPEN, field number, size of content; or HEADER,
// which one, nothing.
const COPY = 0;
const OPEN = 1;
const HEADER = 2;

/**
 * Builds the pieces that a request is cut into. Says beforehand how big a piece would become, to the byte, and
 * opens a container in a piece when the first of its children gets there, so no piece has empty shells.
 */
export class PieceWriter {
  readonly pieces: Piece[] = [];
  readonly #source: Uint8Array;
  readonly #headers: Uint8Array[] = [];
  readonly #open: OpenContainer[] = [];
  #operations: number[] = [];
  #items = 0;
  #children = 0;
  #start = 0;
  #end = 0;
  #headerBytes = 0;
  #openHeaderBytes = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  /** Items in the piece at hand. */
  get items(): number {
    return this.#items;
  }

  /** Bytes of headers written so far, in all pieces. */
  get headerBytes(): number {
    return this.#headerBytes;
  }

  /** Bytes of the headers of all containers that are being cut: those of the next child, and of the piece at hand. */
  get openHeaderBytes(): number {
    return this.#openHeaderBytes;
  }

  /** Whether the piece at hand has nothing but headers. */
  get isEmpty(): boolean {
    return this.#children === 0;
  }

  /** Begins to cut a container, whose header is to be in every piece that has some of its children. */
  enter(field: number, header: Uint8Array): void {
    const headerIndex = this.#headers.push(header) - 1;
    this.#open.push({ field, header, headerIndex, contentSize: header.length, openedAt: -1 });
    this.#openHeaderBytes += header.length;
  }

  leave(): void {
    this.#close(this.#open.length - 1);
    this.#openHeaderBytes -= this.#open.pop()?.header.length ?? 0;
  }

  /** How big the piece at hand would be with a further child in the innermost container. */
  sizeWith(childSize: number): number {
    let size = childSize;
    for (let level = this.#open.length - 1; level >= 0; level -= 1) {
      const container = this.#open[level];
      if (container === undefined) break;
      size += container.contentSize;
      if (level > 0) size = framedSize(container.field, size);
    }
    return size;
  }

  /** Puts a child, tag and length included, into the innermost container. */
  add(start: number, end: number, items: number): void {
    for (let level = 0; level < this.#open.length; level += 1) this.#openInPiece(level);
    this.#copy(start, end);
    const innermost = this.#open.at(-1);
    if (innermost !== undefined) innermost.contentSize += end - start;
    if (this.#children === 0) this.#start = start;
    this.#end = end;
    this.#items += items;
    this.#children += 1;
  }

  /** Ends the piece at hand. What is open now is opened again in the next. */
  flush(): void {
    for (let level = this.#open.length - 1; level > 0; level -= 1) this.#close(level);
    this.pieces.push({
      bytes: this.#assemble(this.#open[0]?.contentSize ?? 0),
      items: this.#items,
      start: this.#start,
      end: this.#end,
    });
    for (const container of this.#open) {
      container.contentSize = container.header.length;
      container.openedAt = -1;
    }
    this.#operations = [];
    this.#items = 0;
    this.#children = 0;
  }

  #openInPiece(level: number): void {
    const container = this.#open[level];
    if (container === undefined || container.openedAt >= 0) return;
    container.openedAt = this.#operations.length;
    this.#headerBytes += container.header.length;
    // The outermost is the request itself, which has no tag.
    if (level > 0) this.#operations.push(OPEN, container.field, 0);
    if (container.header.length > 0) this.#operations.push(HEADER, container.headerIndex, 0);
  }

  #close(level: number): void {
    const container = this.#open[level];
    const parent = this.#open[level - 1];
    if (container === undefined || parent === undefined || container.openedAt < 0) return;
    this.#operations[container.openedAt + 2] = container.contentSize;
    parent.contentSize += framedSize(container.field, container.contentSize);
  }

  /** Neighbours in the source are copied in one go. */
  #copy(start: number, end: number): void {
    const operations = this.#operations;
    const last = operations.length - 3;
    if (operations[last] === COPY && operations[last + 2] === start) operations[last + 2] = end;
    else operations.push(COPY, start, end);
  }

  #assemble(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    const operations = this.#operations;
    let pos = 0;
    for (let index = 0; index < operations.length; index += 3) {
      const first = operations[index + 1] ?? 0;
      const second = operations[index + 2] ?? 0;
      if (operations[index] === OPEN) {
        pos = writeVarint(bytes, pos, tagOf(first));
        pos = writeVarint(bytes, pos, second);
        continue;
      }
      const part = operations[index] === HEADER ? this.#headers[first] : this.#source.subarray(first, second);
      if (part === undefined) continue;
      bytes.set(part, pos);
      pos += part.length;
    }
    return bytes;
  }
}

function tagOf(field: number): number {
  return field * 8 + WireType.length;
}

function framedSize(field: number, contentSize: number): number {
  return varintSize(tagOf(field)) + varintSize(contentSize) + contentSize;
}
