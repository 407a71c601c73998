import type { Urn } from '../config/urn.js';
import { type ComponentClass, type ComponentDescriptor, lookUpComponent } from './component.js';

/** A component class with what it says of itself and where it came from. */
export interface CatalogEntry {
  readonly descriptor: ComponentDescriptor;
  readonly componentClass: ComponentClass;
  /** Who brought it: `built-in`, `the application`, or a plugin's specifier. */
  readonly origin: string;
}

/** Where components come from: a list of classes, or the exports of a module. */
export interface CatalogSource {
  readonly origin: string;
  /** Values that are not decorated classes are passed over. */
  readonly exports: Iterable<unknown>;
}

/** Something is wrong with a list of classes or a plugin, named in the message. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
}

/**
 * The components that one engine knows, by URN. There is no global registry: each engine has a catalog of its
 * own, made from lists and modules.
 */
export class Catalog {
  readonly #entries = new Map<string, CatalogEntry>();
  #incomplete = false;

  /** @throws CatalogError when two classes claim the same URN, or a class was decorated by another copy */
  constructor(sources: Iterable<CatalogSource>) {
    for (const source of sources) this.add(source);
  }

  /**
   * Adds what a source brings, all of it or nothing.
   *
   * @throws CatalogError as the constructor does
   */
  add(source: CatalogSource): void {
    const added = [...new Set(source.exports)].flatMap((exported) => entryOf(exported, source.origin) ?? []);
    const claimed = new Map<string, CatalogEntry>();
    for (const entry of added) {
      const urn = entry.descriptor.urn.text;
      refuseClash(this.#entries.get(urn) ?? claimed.get(urn), entry);
      claimed.set(urn, entry);
    }
    for (const [urn, entry] of claimed) this.#entries.set(urn, entry);
  }

  /** Puts entries in the place of others of the same URN, or beside them. */
  override(entries: Iterable<CatalogEntry>): void {
    for (const entry of entries) this.#entries.set(entry.descriptor.urn.text, entry);
  }

  /** Notes that a plugin could not be added, so that a type that is not known may be one of its types. */
  miss(): void {
    this.#incomplete = true;
  }

  /** Whether a plugin that failed, and is reported, may have brought a type that is not known. */
  mayHaveBrought(urn: Urn): boolean {
    return this.#incomplete && urn.namespace !== 'otel';
  }

  find(urn: Urn): CatalogEntry | undefined {
    return this.#entries.get(urn.text);
  }

  /** All entries, ordered by URN. */
  entries(): readonly CatalogEntry[] {
    return [...this.#entries.values()].sort((a, b) =>
      a.descriptor.urn.text < b.descriptor.urn.text ? -1 : 1,
    );
  }
}

function refuseClash(present: CatalogEntry | undefined, entry: CatalogEntry): void {
  if (present === undefined || present.componentClass === entry.componentClass) return;
  throw new CatalogError(
    `${entry.descriptor.urn.text} is claimed twice: by the class ${present.componentClass.name} of ${present.origin} ` +
      `and by the class ${entry.componentClass.name} of ${entry.origin}; remove one or change its URN`,
  );
}

function entryOf(exported: unknown, origin: string): CatalogEntry | undefined {
  const lookup = lookUpComponent(exported);
  if (lookup.found === 'nothing') return undefined;
  const componentClass = exported as ComponentClass;
  if (lookup.found === 'foreign') {
    throw new CatalogError(
      `${origin}: the class ${componentClass.name} was decorated by another copy of otap-dataflow; ` +
        'make otap-dataflow a peer dependency of it and install it beside the engine, so that there is one copy',
    );
  }
  return { descriptor: lookup.descriptor, componentClass, origin };
}
