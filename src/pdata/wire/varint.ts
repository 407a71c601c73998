/** How many bytes a non-negative integer takes as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** Writes a non-negative integer below 2^53 as a varint. @returns the offset behind it */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let pos = offset;
  let rest = value;
  while (rest >= 0x80) {
    target[pos] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    pos += 1;
  }
  target[pos] = rest;
  return pos + 1;
}
