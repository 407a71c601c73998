import { hash } from 'node:crypto';
import { inspect } from 'node:util';
import { headerValueProblem } from './header-rules.js';
import type { Secret } from './secret.js';

/** How many headers one request's metadata holds at most. */
export const MOST_METADATA = 32;

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,256}$/;

/**
 * Selected headers of the request that brought some data, which travel with the data: lower-case names, one value
 * each. Immutable and bounded: at most 32 names, and values that a header can carry, up to 8,192 characters. Values
 * are secrets, because a header may well be a credential: no log shows them.
 */
export class RequestMetadata implements Iterable<readonly [name: string, value: Secret]> {
  readonly #values: ReadonlyMap<string, Secret>;
  #fingerprint: string | undefined;

  /** @throws RangeError naming the header whose name or value does not fit, or when there are too many */
  constructor(headers: Iterable<readonly [name: string, value: Secret]>) {
    const values = new Map(headers);
    if (values.size > MOST_METADATA) {
      throw new RangeError(`request metadata holds at most ${MOST_METADATA} headers, not ${values.size}`);
    }
    for (const [name, value] of values) {
      if (!NAME.test(name))
        throw new RangeError('request metadata has a name that is no lower-case header name');
      const problem = headerValueProblem(value.reveal());
      if (problem !== undefined) throw new RangeError(`request metadata: the value of '${name}' ${problem}`);
    }
    this.#values = values;
  }

  /** Whether two are equal, name by name; nothing at all equals nothing at all. */
  static equal(one: RequestMetadata | undefined, other: RequestMetadata | undefined): boolean {
    return one === other || (one?.fingerprint ?? '') === (other?.fingerprint ?? '');
  }

  get size(): number {
    return this.#values.size;
  }

  /** @param name in lower case */
  get(name: string): Secret | undefined {
    return this.#values.get(name);
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: Secret]> {
    return this.#values.entries();
  }

  /** This with other headers, which go before those of the same name. @throws RangeError as the constructor does */
  with(headers: Iterable<readonly [name: string, value: Secret]>): RequestMetadata {
    return new RequestMetadata([...this.#values, ...headers]);
  }

  /**
   * Equal for equal metadata and for no other (SHA-256), so that data can be told apart by it; the empty string for
   * none. Worked out once. Not to be shown: who knows what a value may be could find out that it is.
   */
  get fingerprint(): string {
    this.#fingerprint ??= this.#values.size === 0 ? '' : fingerprintOf(this.#values);
    return this.#fingerprint;
  }

  toJSON(): Record<string, Secret> {
    return Object.fromEntries(this.#values);
  }

  [inspect.custom](): ReadonlyMap<string, Secret> {
    return this.#values;
  }
}

function fingerprintOf(values: ReadonlyMap<string, Secret>): string {
  // No name and no value has a line break in it.
  const lines = [...values].map(([name, value]) => `${name}\n${value.reveal()}`);
  return hash('sha256', lines.sort().join('\n'), 'base64');
}
