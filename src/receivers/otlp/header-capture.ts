import { RequestMetadata } from '../../authoring.js';
import type { HeaderOutcome } from './header-check.js';
import { headerValues } from './raw-headers.js';
import { malformed } from './refusals.js';

/** How many different metadata are remembered, and how long the text of one may be: 512 KiB altogether. */
const REMEMBERED = 1_024;
const LONGEST_REMEMBERED = 512;

/**
 * Keeps selected headers of a request with its data. Most requests have the same few values, so what was made of them
 * is remembered: equal metadata is then one object, which is checked and hashed once.
 */
export class HeaderCapture {
  readonly #names: ReadonlySet<string>;
  /** What was made of headers without anything granted, the oldest first. */
  readonly #known = new Map<string, RequestMetadata>();

  /** @param names in lower case */
  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /**
   * What to keep of a request beside what was granted to it, which goes before what the client says under the same
   * name. A header without a value counts as absent. A value that could not be sent on refuses the request: without
   * it, the data would pass for somebody else's.
   */
  keep(raw: readonly string[], granted: RequestMetadata | undefined): HeaderOutcome {
    const found = headerValues(raw, this.#names);
    for (const [name, value] of found) {
      if (value === '' || granted?.has(name)) found.delete(name);
    }
    if (found.size === 0) return { metadata: granted };
    try {
      return { metadata: granted === undefined ? this.#metadataOf(found) : granted.with(found) };
    } catch (error) {
      if (error instanceof RangeError) return { refusal: malformed(error.message) };
      throw error;
    }
  }

  #metadataOf(found: ReadonlyMap<string, string>): RequestMetadata {
    // With its length, no value can pass for another value and the name after it.
    let key = '';
    for (const [name, value] of found) key += `${name} ${value.length} ${value}`;
    if (key.length > LONGEST_REMEMBERED) return new RequestMetadata(found);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const metadata = new RequestMetadata(found);
    if (this.#known.size >= REMEMBERED) this.#forgetOldest();
    this.#known.set(key, metadata);
    return metadata;
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
