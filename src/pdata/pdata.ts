import type { RequestMetadata } from './request-metadata.js';
import type { Signal } from './signal.js';
import { countItems } from './wire/count.js';

/**
 * What flows through a pipeline: one OTLP `Export{Trace,Metrics,Logs}ServiceRequest` as protobuf bytes
 * (opentelemetry-proto, `collector/{signal}/v1`), exactly as it came off the socket. Immutable by contract:
 * whoever changes something makes a new one, by `withBytes`, which keeps the metadata with it.
 */
export class Pdata {
  readonly signal: Signal;
  /** The request message, encoded; `bytes.byteLength` is its size. */
  readonly bytes: Uint8Array;
  /** Headers of the request that brought the data, which go with it; `undefined` when none were kept. */
  readonly metadata: RequestMetadata | undefined;
  #items: number | undefined;

  /** @param itemCount the number of items when the maker knows it already */
  constructor(signal: Signal, bytes: Uint8Array, itemCount?: number, metadata?: RequestMetadata) {
    this.signal = signal;
    this.bytes = bytes;
    this.#items = itemCount;
    this.metadata = metadata;
  }

  /** Other data in place of this: of the same signal, brought by the same request. */
  withBytes(bytes: Uint8Array, itemCount?: number): Pdata {
    return new Pdata(this.signal, bytes, itemCount, this.metadata);
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
}
