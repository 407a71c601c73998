import type { Pdata } from './pdata.js';
import { joinPieces, SMALLEST_PIECE } from './pieces.js';
import { RequestMetadata } from './request-metadata.js';

/**
 * Several requests as one. A request is one repeated field, so its encodings in a row are the encoding of all;
 * nothing is decoded, and unless the parts are small, nothing copied. One part alone is returned as it is.
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
    size += part.byteLength;
    if (items !== undefined) {
      items = part.knownItemCount === undefined ? undefined : items + part.knownItemCount;
    }
  }
  const pieces = parts.flatMap((part) => part.pieces);
  const carried = pieces.length * SMALLEST_PIECE <= size;
  return first.withBytes(carried ? pieces : joinPieces(pieces), items);
}
