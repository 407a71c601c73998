const ZERO = 0x30;

/**
 * The integer that a text of decimal digits stands for, without a bigint, which costs several times as much.
 *
 * @returns undefined when the text is anything else, or too long to be told in a double
 */
export function safeNaturalOf(text: string): number | undefined {
  const { length } = text;
  return length === 0 || length > 15 ? undefined : naturalIn(text, 0, length);
}

/** An unsigned integer of 64 bits in two halves. */
export interface Halves {
  low: number;
  high: number;
}

const SPLIT = 9;
const BILLION = 1_000_000_000;
const HALF = 2 ** 32;
const QUARTER = 2 ** 16;

/**
 * The same for what takes up to 64 bits, as times do.
 *
 * @param target where the halves go
 * @returns false when the text is anything else than decimal digits, or stands for more than 63 bits
 */
export function readHalves(text: string, target: Halves): boolean {
  const { length } = text;
  if (length > 19) return false;
  const head = length > SPLIT ? naturalIn(text, 0, length - SPLIT) : 0;
  const tail = length === 0 ? undefined : naturalIn(text, Math.max(0, length - SPLIT), length);
  if (head === undefined || tail === undefined) return false;
  // head * BILLION + tail in two steps that a double holds exactly: head has at most ten digits.
  const lower = (head % QUARTER) * BILLION + tail;
  const upper = Math.floor(head / QUARTER) * BILLION + Math.floor(lower / QUARTER);
  target.low = (upper % QUARTER) * QUARTER + (lower % QUARTER);
  target.high = Math.floor(upper / QUARTER);
  return target.high < HALF / 2;
}

function naturalIn(text: string, start: number, end: number): number | undefined {
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}
