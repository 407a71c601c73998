import type { Pdata } from './pdata.js';
import { RequestMetadata } from './request-metadata.js';

/**
 * Several requests as one. A request is one repeated field, so its encodings in a row are the encoding of all;
 * nothing is decoded. One part alone is returned as it is.
 *
 * @throws TypeError when there is nothing to merge, or the signals or the metadata differ: a fault of the caller
 */
export function mergePdata(parts: readonly Pdata[]): Pdata {
  const [first] = parts;
  if (first === undefined) throw new TypeError('mergePdata needs at least one part');
  if (parts.length === 1) return first;
  let size = 0;
  let items: number | undefined = 0;
  for (const part of parts) {
    if (part.signal !== first.signal) {
      throw new TypeError(`mergePdata cannot merge ${part.signal} into ${first.signal}`);
    }
    if (!RequestMetadata.equal(part.metadata, first.metadata)) {
      throw new TypeError('mergePdata cannot merge data of requests with different metadata');
    }
    size += part.bytes.length;
    if (items !== undefined) {
      items = part.knownItemCount === undefined ? undefined : items + part.knownItemCount;
    }
  }
  // Every byte is written below, so the memory need not be cleared first, which would cost as much as the copy.
  const bytes = Buffer.allocUnsafeSlow(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part.bytes, offset);
    offset += part.bytes.length;
  }
  return first.withBytes(bytes, items);
}
