import type { ExtensionLookup } from '../extension/lookup.js';
import type { ExtensionTrait } from '../traits/trait.js';

/** A trait with what stands behind it in a test. */
export interface Provided {
  readonly trait: ExtensionTrait<unknown>;
  readonly implementation: unknown;
}

/** Pairs a trait with an implementation of it, checked by the compiler. */
export function provide<T>(trait: ExtensionTrait<T>, implementation: T): Provided {
  return { trait, implementation };
}

/** The extensions that a test provides. A name is not looked at: there is one of each trait. */
export class ProvidedExtensions implements ExtensionLookup {
  readonly #provided: readonly Provided[];

  constructor(provided: readonly Provided[] = []) {
    this.#provided = provided;
  }

  getExtension<T>(trait: ExtensionTrait<T>, _name?: string): T {
    const found = this.findExtension(trait);
    if (found === undefined) throw new Error(`the test provides no ${trait.name}; pass one in 'extensions'`);
    return found;
  }

  findExtension<T>(trait: ExtensionTrait<T>): T | undefined {
    // `provide` checked that the implementation fits its trait.
    return this.#provided.find((candidate) => candidate.trait === trait)?.implementation as T | undefined;
  }
}
