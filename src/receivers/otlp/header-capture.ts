import { RequestMetadata, Secret } from '../../authoring.js';
import type { HeaderOutcome } from './header-check.js';
import { headerValues } from './raw-headers.js';
import { malformed } from './refusals.js';

/** Keeps selected headers of a request with its data. */
export class HeaderCapture {
  readonly #names: ReadonlySet<string>;

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
    const kept: [string, Secret][] = [];
    for (const [name, value] of headerValues(raw, this.#names)) {
      if (value !== '' && granted?.get(name) === undefined) kept.push([name, new Secret(value)]);
    }
    if (kept.length === 0) return { metadata: granted };
    try {
      return { metadata: granted === undefined ? new RequestMetadata(kept) : granted.with(kept) };
    } catch (error) {
      if (error instanceof RangeError) return { refusal: malformed(error.message) };
      throw error;
    }
  }
}
