import { hash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../authoring.js';

/** One value that is admitted, now, with what its data carries along. */
export interface AdmittedValue {
  /** `undefined` while it is not known. */
  current(): Secret | undefined;
  readonly metadata: ReadonlyMap<string, Secret>;
}

/**
 * The values that are admitted of one header. They are compared by their digests, each in constant time and always
 * all of them, so that the time of an answer says nothing about how much of a guess was right, nor which one was.
 */
export class AdmittedValues {
  readonly #values: readonly AdmittedValue[];
  /** Digests by secret: a file's secret is another object when it has changed. */
  readonly #digests = new WeakMap<Secret, Buffer>();

  constructor(values: readonly AdmittedValue[]) {
    this.#values = values;
  }

  /** Whether every value is known, so that a no can be given. */
  get known(): boolean {
    return this.#values.every((value) => value.current() !== undefined);
  }

  /** The admitted value that `given` is; `undefined` when it is none of them. */
  find(given: Secret): AdmittedValue | undefined {
    const digest = digestOf(given);
    let found: AdmittedValue | undefined;
    for (const value of this.#values) {
      const current = value.current();
      if (current !== undefined && timingSafeEqual(digest, this.#digest(current))) found ??= value;
    }
    return found;
  }

  #digest(secret: Secret): Buffer {
    let digest = this.#digests.get(secret);
    if (digest === undefined) {
      digest = digestOf(secret);
      this.#digests.set(secret, digest);
    }
    return digest;
  }
}

function digestOf(secret: Secret): Buffer {
  return hash('sha256', secret.reveal(), 'buffer');
}
