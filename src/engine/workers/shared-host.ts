import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { RemoteRef } from '../../extension/remote/remote-ref.js';
import type { RemoteHost, RemoteTarget } from '../../extension/remote/server.js';
import { traits } from '../../traits/index.js';
import type { ExtensionTrait } from '../../traits/trait.js';
import { findScope } from '../replace.js';

/** The shared extensions of an engine, as its workers reach them. */
export class SharedHost implements RemoteHost {
  readonly #scopes: () => readonly ExtensionScope[];
  readonly #traits: ReadonlyMap<string, ExtensionTrait<unknown>> = new Map(
    traits.map((trait) => [trait.name, trait]),
  );

  constructor(scopes: () => readonly ExtensionScope[]) {
    this.#scopes = scopes;
  }

  find({ scope, extension, trait: name, consumer: namespace }: RemoteRef): RemoteTarget {
    const slot = findScope(this.#scopes(), scope).registry.own(extension);
    const trait = this.#traits.get(name);
    // Both threads plan from one configuration and run one version of this package.
    if (slot === undefined || trait === undefined) throw new Error(`there is no ${name} of '${extension}'`);
    const consumer = { kind: 'component', id: namespace, namespace };
    // The trait says that what is behind it is an object with its methods.
    return { trait, target: slot.target(trait as ExtensionTrait<object>, consumer) };
  }
}
