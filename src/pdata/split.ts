import type { Pdata } from './pdata.js';
import { hierarchies } from './schema/hierarchy.js';
import { cut } from './wire/cutter.js';
import { explain } from './wire/explain.js';
import type { Piece } from './wire/piece-writer.js';

/** How big a request may be; what is absent does not limit. */
export interface PdataLimit {
  /** Spans, metric data points or log records; at least 1. */
  readonly maxItems?: number | undefined;
  /** Bytes of the encoded request; at least 1. */
  readonly maxBytes?: number | undefined;
}

/** A part of a request that was split, and where in that request it stood. */
export interface PlacedPart {
  readonly pdata: Pdata;
  /**
   * Offsets, in bytes of the request, of what only this part holds: where its first record (or resource, scope or metric
   * without records) begins and where its last one ends. What every part repeats may stand elsewhere.
   */
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a request into several that keep to the limit, in order, each as full as possible. Within the limit it is
 * returned as it is. Cuts are made between resources, scopes, records, and between the data points of a metric;
 * each part repeats the resource, scope and metric that its records belong to, unknown fields included, and the metadata. Items are
 * never cut: one that is bigger than `maxBytes` goes alone. Once the repetition has cost 64 MiB, a part may exceed the
 * limit until it is twice as large as what it repeats.
 *
 * @throws MalformedPayload when the framing around the items is broken
 * @throws RangeError when a limit is below 1
 */
export function splitPdata(pdata: Pdata, limit: PdataLimit): Pdata[] {
  return splitWithPlaces(pdata, limit).map((part) => part.pdata);
}

/**
 * What `splitPdata` does, with where each part stood: of requests that were merged and then split, it tells which part
 * holds something of which request. The parts are in order and do not overlap.
 *
 * @throws MalformedPayload when the framing around the items is broken
 * @throws RangeError when a limit is below 1
 */
export function splitWithPlaces(pdata: Pdata, limit: PdataLimit): PlacedPart[] {
  const { maxItems = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = limit;
  if (!(maxItems >= 1)) throw new RangeError(`maxItems must be at least 1, not ${maxItems}`);
  if (!(maxBytes >= 1)) throw new RangeError(`maxBytes must be at least 1, not ${maxBytes}`);
  const whole = { pdata, start: 0, end: pdata.byteLength };
  const isSmallEnough = pdata.byteLength <= maxBytes;
  if (isSmallEnough && (maxItems === Number.POSITIVE_INFINITY || pdata.itemCount <= maxItems)) return [whole];
  const pieces = cutPdata(pdata, maxItems, maxBytes);
  // A single piece is all that can be done, and the original is as good.
  if (pieces.length <= 1) return [whole];
  return pieces.map(({ bytes, items, start, end }) => ({ pdata: pdata.withBytes(bytes, items), start, end }));
}

function cutPdata({ signal, bytes }: Pdata, maxItems: number, maxBytes: number): readonly Piece[] {
  try {
    return cut(bytes, hierarchies[signal], maxItems, maxBytes);
  } catch (error) {
    throw explain(signal, bytes, error);
  }
}
