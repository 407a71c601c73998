import { hash } from 'node:crypto';
import { inspect } from 'node:util';
import { headerValueProblem } from './header-rules.js';

/** How many headers one request's metadata holds at most. */
export const MOST_METADATA = 32;

/** How many characters the names and values of one request's metadata have at most, all together. */
export const LARGEST_METADATA = 32_768;

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,256}$/;

/**
 * Selected headers of the request that brought some data, which travel with the data: lower-case names, one value
 * each. Immutable and bounded: at most 32 names, values that a header can carry, up to 8,192 characters, and 32,768
 * characters of names and values in all, so that they can be sent on over HTTP/2 beside other headers. A header may well
 * be a credential, so values are shown by `reveal` alone: `JSON.stringify`, `util.inspect` and template strings show
 * names and `[REDACTED]`.
 */
export class RequestMetadata {
  readonly #values: ReadonlyMap<string, string>;
  #fingerprint: string | undefined;

  /** @throws RangeError naming the header whose name or value does not fit, or when they are too many or too large */
  constructor(headers: Iterable<readonly [name: string, value: string]>) {
    const values = new Map(headers);
    if (values.size > MOST_METADATA) {
      throw new RangeError(`request metadata holds at most ${MOST_METADATA} headers, not ${values.size}`);
    }
    let size = 0;
    for (const [name, value] of values) {
      size += name.length + value.length;
      if (!NAME.test(name))
        throw new RangeError('request metadata has a name that is no lower-case header name');
      const problem = headerValueProblem(value);
      if (problem !== undefined) throw new RangeError(`request metadata: the value of '${name}' ${problem}`);
    }
    if (size > LARGEST_METADATA) {
      throw new RangeError(
        `request metadata holds at most ${LARGEST_METADATA} characters of names and values, not ${size}`,
      );
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

  names(): Iterable<string> {
    return this.#values.keys();
  }

  /** @param name in lower case */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /**
   * The value of a header. Call it where the value leaves the process, and keep the result nowhere.
   *
   * @param name in lower case
   */
  reveal(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** This with other headers, which go before those of the same name. @throws RangeError as the constructor does */
  with(headers: Iterable<readonly [name: string, value: string]>): RequestMetadata {
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

  toString(): string {
    return `RequestMetadata(${[...this.#values.keys()].join(', ')})`;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries([...this.#values.keys()].map((name) => [name, '[REDACTED]']));
  }

  [inspect.custom](): Record<string, string> {
    return this.toJSON();
  }
}

function fingerprintOf(values: ReadonlyMap<string, string>): string {
  // No name and no value has a line break in it.
  const lines = [...values].map(([name, value]) => `${name}\n${value}`);
  return hash('sha256', lines.sort().join('\n'), 'base64');
}
