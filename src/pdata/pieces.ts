/**
 * Bytes in pieces that are the whole when they are put one after the other. What comes off a socket in pieces can be
 * sent on in pieces; nobody needs to copy it for that.
 */
export type Pieces = readonly Uint8Array[];

/** Pieces that are smaller than this on average cost more to carry along than to copy into one. */
export const SMALLEST_PIECE = 4_096;

/** How long the pieces are together. */
export function lengthOfPieces(pieces: Pieces): number {
  let byteLength = 0;
  for (const piece of pieces) byteLength += piece.byteLength;
  return byteLength;
}

/** The whole in one piece; one piece alone is returned as it is. */
export function joinPieces(pieces: Pieces): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  // Every byte is written below, so the memory need not be cleared first, which would cost as much as the copy.
  const whole = Buffer.allocUnsafeSlow(lengthOfPieces(pieces));
  copyPieces(pieces, whole);
  return whole;
}

/** Copies the pieces one after the other to the beginning of `target`. */
export function copyPieces(pieces: Pieces, target: Uint8Array): void {
  let offset = 0;
  for (const piece of pieces) {
    target.set(piece, offset);
    offset += piece.byteLength;
  }
}
