import type { Completion, Pdata } from '../../authoring.js';

/** Some records with their identities, and whoever waits for what becomes of them. */
export interface Delivery {
  readonly pdata: Pdata;
  readonly identities: readonly string[];
  readonly completion: Completion;
}

/** Records that are on their way, and repeats of them that wait for the outcome. */
export interface Claim {
  readonly identities: readonly string[];
  readonly repeats: Delivery[];
}

/**
 * Which records are on their way to their destination. A repeat of one is neither sent, for it would be delivered twice,
 * nor dropped, for the first may fail: it waits.
 */
export class InFlight {
  readonly #claims = new Map<string, Claim>();
  #waitingBytes = 0;

  /** Bytes of the repeats that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  find(identity: string): Claim | undefined {
    return this.#claims.get(identity);
  }

  claim(identities: readonly string[]): Claim {
    const claim: Claim = { identities, repeats: [] };
    for (const identity of identities) this.#claims.set(identity, claim);
    return claim;
  }

  wait(claim: Claim, repeat: Delivery): void {
    this.#waitingBytes += repeat.pdata.byteLength;
    claim.repeats.push(repeat);
  }

  /** Ends a claim. @returns what waited for its outcome */
  release(claim: Claim): readonly Delivery[] {
    for (const identity of claim.identities) this.#claims.delete(identity);
    const repeats = claim.repeats.splice(0);
    for (const { pdata } of repeats) this.#waitingBytes -= pdata.byteLength;
    return repeats;
  }
}
