/**
 * Repeatable random numbers: the same seed gives the same sequence, which is all that generated telemetry needs.
 * xorshift128 (Marsaglia, "Xorshift RNGs", 2003). Not for secrets.
 */
export class Random {
  #x: number;
  #y = 362_436_069;
  #z = 521_288_629;
  #w = 88_675_123;

  constructor(seed: number) {
    // Neighbouring seeds start far apart, and the first numbers, which still resemble the seed, are thrown away.
    this.#x = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0 || 1;
    for (let i = 0; i < 16; i++) this.uint32();
  }

  uint32(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = (this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return this.#w;
  }

  /** At least 0 and less than 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }
}
