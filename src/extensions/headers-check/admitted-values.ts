import { hash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../authoring.js';

/** One value that is admitted, now, with what its data carries along. */
export interface AdmittedValue {
  /** Where the configuration has it, such as `headers[0].admits[1].value`. */
  readonly field: string;
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

  /**
   * The value of another field that is `given` too and says that it is somebody else's data. Of two fields with one
   * value and the same metadata, as in the middle of a change of keys, it does not matter which one is found.
   */
  rivalOf(field: string, given: Secret, metadata: AdmittedValue['metadata']): AdmittedValue | undefined {
    return this.#values.find(
      (other) =>
        other.field !== field &&
        other.current()?.reveal() === given.reveal() &&
        !sameMetadata(other.metadata, metadata),
    );
  }

  /** Two fields with one value and different metadata; `undefined` when there are none. */
  findRivals(): readonly [AdmittedValue, AdmittedValue] | undefined {
    for (const value of this.#values) {
      const current = value.current();
      const rival = current === undefined ? undefined : this.rivalOf(value.field, current, value.metadata);
      if (rival !== undefined) return [value, rival];
    }
    return undefined;
  }

  /** Names of metadata that any of the values grants. */
  get names(): ReadonlySet<string> {
    return new Set(this.#values.flatMap(({ metadata }) => [...metadata.keys()]));
  }

  /** Fields whose value does not grant `name`. */
  fieldsWithout(name: string): readonly string[] {
    return this.#values.filter(({ metadata }) => !metadata.has(name)).map(({ field }) => field);
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

function sameMetadata(one: AdmittedValue['metadata'], other: AdmittedValue['metadata']): boolean {
  return (
    one.size === other.size && [...one].every(([name, value]) => other.get(name)?.reveal() === value.reveal())
  );
}

function digestOf(secret: Secret): Buffer {
  return hash('sha256', secret.reveal(), 'buffer');
}
