import { type ExtensionTrait, isTrait, type TraitConsumer } from '../traits/trait.js';
import { type Consumer, extensionErrors } from './errors.js';
import type { ExtensionLookup } from './lookup.js';
import type { CapabilityPlan } from './plan.js';
import type { ExtensionRegistry } from './registry.js';
import type { ExtensionSlot } from './slot.js';

/** A component that asks, as errors and handles know it. */
export interface LookupConsumer extends Consumer, TraitConsumer {}

type Handles = Map<ExtensionTrait<unknown>, unknown>;

/**
 * Step 4, what one component sees of the extensions: the traits that its `capabilities:` bound, resolved once, and
 * every extension of its scope, and of wider ones, by name. A look-up is a map read, never a container call.
 */
export class Capabilities implements ExtensionLookup {
  readonly #consumer: LookupConsumer;
  readonly #registry: ExtensionRegistry;
  readonly #bound: Handles = new Map();
  readonly #byName = new Map<string, Handles>();
  readonly #dependencies = new Set<ExtensionSlot>();
  #disposed = false;

  /** @throws ExtensionError `NotFound`, `TraitNotImplemented`, or `CreationFailed` of what it binds */
  constructor(consumer: LookupConsumer, plan: CapabilityPlan, registry: ExtensionRegistry) {
    this.#consumer = consumer;
    this.#registry = registry;
    for (const [trait, name] of plan) this.#bound.set(trait, this.#named(trait, name));
  }

  /** What the component has asked for so far. */
  get dependencies(): ReadonlySet<ExtensionSlot> {
    return this.#dependencies;
  }

  getExtension<T>(trait: ExtensionTrait<T>, name?: string): T {
    if (name !== undefined) return this.#named(trait, name);
    const bound = this.#bound.get(trait) as T | undefined;
    if (bound !== undefined) return bound;
    if (!isTrait(trait)) throw extensionErrors.notATrait(this.#consumer);
    throw this.#disposed
      ? extensionErrors.disposed(this.#consumer, trait)
      : extensionErrors.notBound(this.#consumer, trait);
  }

  findExtension<T>(trait: ExtensionTrait<T>): T | undefined {
    const bound = this.#bound.get(trait) as T | undefined;
    if (bound === undefined && this.#disposed) throw extensionErrors.disposed(this.#consumer, trait);
    return bound;
  }

  /** Lets go of every instance; later look-ups throw. */
  dispose(): void {
    this.#disposed = true;
    this.#bound.clear();
    this.#byName.clear();
  }

  #named<T>(trait: ExtensionTrait<T>, name: string): T {
    const known = this.#byName.get(name)?.get(trait) as T | undefined;
    if (known !== undefined) return known;
    if (this.#disposed) throw extensionErrors.disposed(this.#consumer, trait);
    if (!isTrait(trait)) throw extensionErrors.notATrait(this.#consumer);
    const slot = this.#registry.find(name);
    if (slot === undefined) {
      throw extensionErrors.notFound(this.#consumer, name, trait, this.#registry.names);
    }
    const handle = slot.handle(trait, this.#consumer);
    this.#dependencies.add(slot);
    const handles = this.#byName.get(name) ?? new Map<ExtensionTrait<unknown>, unknown>();
    this.#byName.set(name, handles.set(trait, handle));
    return handle;
  }
}
