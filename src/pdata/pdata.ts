import { joinPieces, lengthOfPieces, type Pieces } from './pieces.js';
import type { RequestMetadata } from './request-metadata.js';
import type { Signal } from './signal.js';
import { countItems } from './wire/count.js';
import { hasNoValue } from './wire/empty.js';

/**
 * What flows through a pipeline: one OTLP `Export{Trace,Metrics,Logs}ServiceRequest` as protobuf bytes
 * (opentelemetry-proto, `collector/{signal}/v1`), exactly as it came off the socket. Immutable by contract:
 * whoever changes something makes a new one, by `withBytes`, which keeps the metadata with it.
 */
export class Pdata {
  readonly signal: Signal;
  /** How many bytes the encoded request has. */
  readonly byteLength: number;
  /** Headers of the request that brought the data, which go with it; `undefined` when none were kept. */
  readonly metadata: RequestMetadata | undefined;
  #pieces: Pieces;
  #items: number | undefined;

  /**
   * @param content the request message, encoded; in one piece, or in pieces that follow each other
   * @param itemCount the number of items when the maker knows it already
   */
  constructor(signal: Signal, content: Uint8Array | Pieces, itemCount?: number, metadata?: RequestMetadata) {
    this.signal = signal;
    this.#pieces = 'byteLength' in content ? [content] : content;
    this.byteLength = lengthOfPieces(this.#pieces);
    this.#items = itemCount;
    this.metadata = metadata;
  }

  /** The request message, encoded. Joined when it is first asked for: who can do with `pieces` copies nothing. */
  get bytes(): Uint8Array {
    const bytes = joinPieces(this.#pieces);
    if (this.#pieces.length !== 1) this.#pieces = [bytes];
    return bytes;
  }

  /** The request message, encoded, in the pieces in which it is there. */
  get pieces(): Pieces {
    return this.#pieces;
  }

  /** Other data in place of this: of the same signal, brought by the same request. */
  withBytes(content: Uint8Array | Pieces, itemCount?: number): Pdata {
    return new Pdata(this.signal, content, itemCount, this.metadata);
  }

  /** The item count if it is known already, from the maker or an earlier count; never counts. */
  get knownItemCount(): number | undefined {
    return this.#items;
  }

  /** How many spans, metric data points or log records are inside; counted on the wire, once. */
  get itemCount(): number {
    this.#items ??= countItems(this.signal, this.bytes);
    return this.#items;
  }

  /**
   * Whether nothing is in it: no item, and no field with a value. A request without items need not be empty: it may hold
   * a metric of a kind that this schema does not know, or a resource with nothing but its attributes. Looks anew each
   * time.
   */
  get isEmpty(): boolean {
    return this.itemCount === 0 && hasNoValue(this.signal, this.bytes);
  }
}
