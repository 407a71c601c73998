import type { Signal } from './signal.js';
import { countItems } from './wire/count.js';

/**
 * What flows through a pipeline: one OTLP `Export{Trace,Metrics,Logs}ServiceRequest` as protobuf bytes
 * (opentelemetry-proto, `collector/{signal}/v1`), exactly as it came off the socket. Immutable by contract:
 * whoever changes something makes a new one.
 */
export class Pdata {
  readonly signal: Signal;
  /** The request message, encoded; `bytes.byteLength` is its size. */
  readonly bytes: Uint8Array;
  #items: number | undefined;

  /** @param itemCount the number of items when the maker knows it already */
  constructor(signal: Signal, bytes: Uint8Array, itemCount?: number) {
    this.signal = signal;
    this.bytes = bytes;
    this.#items = itemCount;
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
