import { type ExtensionTrait, isTrait } from '../traits/trait.js';
import { type Consumer, extensionErrors } from './errors.js';
import type { ExtensionRegistry } from './registry.js';

/** Trait to extension name: a component's `capabilities:`, checked. */
export type CapabilityPlan = ReadonlyMap<ExtensionTrait<unknown>, string>;

/**
 * Step 4, what one component sees of the extensions: the traits that its `capabilities:` bound, resolved once,
 * and every instance of its scope by name. A look-up is a map read, never a container call.
 */
export class Capabilities {
  readonly #consumer: Consumer;
  readonly #registry: ExtensionRegistry;
  readonly #bound = new Map<ExtensionTrait<unknown>, unknown>();
  #disposed = false;

  /** @throws ExtensionError `NotFound` or `TraitNotImplemented` */
  constructor(consumer: Consumer, plan: CapabilityPlan, registry: ExtensionRegistry) {
    this.#consumer = consumer;
    this.#registry = registry;
    for (const [trait, name] of plan) this.#bound.set(trait, this.#named(trait, name));
  }

  /** @throws ExtensionError `NotBound`, `NotFound`, `TraitNotImplemented`, or `Disposed` after the end */
  get<T>(trait: ExtensionTrait<T>, name?: string): T {
    if (name !== undefined) return this.#named(trait, name);
    const bound = this.#bound.get(trait) as T | undefined;
    if (bound !== undefined) return bound;
    if (!isTrait(trait)) throw extensionErrors.notATrait(this.#consumer);
    throw this.#disposed
      ? extensionErrors.disposed(this.#consumer, trait)
      : extensionErrors.notBound(this.#consumer, trait);
  }

  /** `undefined` when nothing is bound. @throws ExtensionError `Disposed` after the end */
  find<T>(trait: ExtensionTrait<T>): T | undefined {
    const bound = this.#bound.get(trait) as T | undefined;
    if (bound === undefined && this.#disposed) throw extensionErrors.disposed(this.#consumer, trait);
    return bound;
  }

  /** Lets go of every instance; later look-ups throw. */
  dispose(): void {
    this.#disposed = true;
    this.#bound.clear();
  }

  #named<T>(trait: ExtensionTrait<T>, name: string): T {
    if (this.#disposed) throw extensionErrors.disposed(this.#consumer, trait);
    const bundle = this.#registry.find(name);
    if (bundle === undefined) {
      throw extensionErrors.notFound(this.#consumer, name, trait, this.#registry.names);
    }
    const implementation = bundle.find(trait);
    if (implementation === undefined) {
      const { urn, traits } = bundle.descriptor;
      throw extensionErrors.traitNotImplemented(this.#consumer, name, urn.short, trait, traits);
    }
    return implementation;
  }
}
