/**
 * What values are while they cross, within what structured clone copies: primitives, arrays, Uint8Array and plain
 * objects as themselves, everything else as `{ $: [kind, ...] }`.
 */
export type Encoded =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Encoded[]
  | { readonly [key: string]: Encoded };

/** The first item of `$`: what the others describe. */
export const Kind = {
  /** A plain object that has a `$` itself: [key, value] pairs. */
  object: 0,
  /** [key, value] pairs. */
  map: 1,
  /** Items. */
  set: 2,
  /** Where its text begins and ends among the secrets of the parcel, in characters. */
  secret: 3,
  /** As `secret`; then when it expires, on the clock of the process. */
  bearerToken: 4,
  /** As `secretMap`. */
  metadata: 5,
  /** The number of the signal within its call; then, if it has aborted, the encoded reason. */
  signal: 6,
  /** See `encode-error.ts`. */
  error: 7,
  /**
   * A Map of texts to secrets, such as all headers of a request, flat, for what is nested is dear to copy: the names,
   * joined by line breaks; where the text of the first begins; where each ends.
   */
  secretMap: 8,
} as const;

/** A value that is more than its text, numbers and bytes. */
export function tagged(...description: readonly Encoded[]): { readonly $: readonly Encoded[] } {
  return { $: description };
}

/** Values within values, at most. One that goes on is a circle, or nothing that a trait hands over. */
export const DEEPEST = 64;
