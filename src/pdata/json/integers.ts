/** The integers that a field can hold, both ends included. */
export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

export const int32Range: IntegerRange = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
export const uint32Range: IntegerRange = { min: 0n, max: 2n ** 32n - 1n };
export const int64Range: IntegerRange = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
export const uint64Range: IntegerRange = { min: 0n, max: 2n ** 64n - 1n };

/** No integer of OTLP has more digits; reading a longer one would take time that grows faster than its length. */
export const DECIMAL = /^-?\d{1,20}$/;

/** Such a number is in every range, and needs no bigint: the lengths, counts and codes that most integers are. */
export function isSmallNatural(value: unknown): value is number {
  return typeof value === 'number' && (value & 0x7fffffff) === value;
}

/**
 * An integer as proto3 JSON has it: a number without a fraction, or a string of decimal digits.
 *
 * @param value also a bigint, from a text that was parsed exactly
 * @returns undefined when it is not an integer of that range
 */
export function integerIn(range: IntegerRange, value: unknown): bigint | undefined {
  const integer = toBigInt(value);
  return integer === undefined || integer < range.min || integer > range.max ? undefined : integer;
}

function toBigInt(value: unknown): bigint | undefined {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : undefined;
    case 'string':
      return DECIMAL.test(value) ? BigInt(value) : undefined;
    default:
      return undefined;
  }
}
