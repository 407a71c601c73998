import { isUtf8 } from 'node:buffer';

/** The top bit of each of four bytes. */
const TOP_BITS = 0x80808080;

/** Up to here a loop beats a call into the runtime, which needs a view of the bytes. */
const SHORT = 1_024;

/**
 * Whether a stretch of bytes is UTF-8. Most is short and ASCII.
 *
 * @param view of the same bytes; the stretch lies inside
 */
export function isText(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  return (end - start <= SHORT && isAscii(bytes, view, start, end)) || isUtf8(bytes.subarray(start, end));
}

/** Four bytes at a time, and while there are many of them, four times four that do not wait for each other. */
function isAscii(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  const last = end - 4;
  let pos = start;
  if (pos > last) {
    let bits = 0;
    for (; pos < end; pos += 1) bits |= bytes[pos] ?? 0;
    return bits < 0x80;
  }
  // The last four overlap with those before them.
  let first = view.getInt32(last, true);
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (; pos <= end - 16; pos += 16) {
    first |= view.getInt32(pos, true);
    second |= view.getInt32(pos + 4, true);
    third |= view.getInt32(pos + 8, true);
    fourth |= view.getInt32(pos + 12, true);
  }
  for (; pos < last; pos += 4) first |= view.getInt32(pos, true);
  return ((first | second | third | fourth) & TOP_BITS) === 0;
}
