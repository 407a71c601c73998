import { copyPieces, joinPieces, lengthOfPieces, type Pieces } from './pieces.js';
import type { Signal } from './signal.js';
import { validatePayload } from './wire/validate.js';

/** Larger requests in several pieces are joined in memory of their own, so that this much at most is kept for good. */
const MOST_KEPT = 4 * 1024 * 1024;

/** Where pieces are laid side by side to be looked at, used again for each request: fresh memory would cost more. */
let desk = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * What `validatePayload` does, of a request in pieces.
 *
 * @returns the number of items inside
 * @throws MalformedPayload naming the field path and the byte offset
 */
export function validatePieces(signal: Signal, pieces: Pieces): number {
  const byteLength = lengthOfPieces(pieces);
  const whole =
    pieces.length === 1 || byteLength > MOST_KEPT ? joinPieces(pieces) : laidOut(pieces, byteLength);
  return validatePayload(signal, whole);
}

function laidOut(pieces: Pieces, byteLength: number): Uint8Array {
  if (byteLength > desk.byteLength) {
    desk = Buffer.allocUnsafeSlow(Math.min(MOST_KEPT, Math.max(byteLength, 2 * desk.byteLength)));
  }
  copyPieces(pieces, desk);
  return desk.subarray(0, byteLength);
}
