import type { Container } from 'inversify';
import { createBundle, standInBundle } from './bundle.js';
import { Capabilities } from './capabilities.js';
import { createInOrder } from './creation-order.js';
import { combineErrors, ExtensionError, extensionErrors } from './errors.js';
import type { ExtensionPlan } from './plan.js';
import { namespaceOf } from './scope.js';
import { type BuiltInstance, ExtensionSlot, type SlotHost } from './slot.js';

/**
 * How many instances may be created one inside of the other: because constructors ask by name, or because each has an instance per
 * consumer. A chain of what is bound under `capabilities:` is created one after the other, and may be of any length.
 */
const LONGEST_CHAIN = 100;

/**
 * Step 3: the extensions of one scope by name, and through the parent those of the wider ones. The names do not change
 * once it is built; an instance can be replaced by another of the same name.
 */
export class ExtensionRegistry {
  readonly #slots: ReadonlyMap<string, ExtensionSlot>;
  readonly #parent: ExtensionRegistry | undefined;
  readonly #container: Container;
  /** How many instances are being created, each because the one before it asks for it. Shared by all scopes. */
  readonly #creation: { depth: number };
  #sealed = false;

  /**
   * @param container the scope's; bind everything in it before, for children keep what they resolved
   * @param parent of the next wider scope
   */
  constructor(plans: readonly ExtensionPlan[], container: Container, parent?: ExtensionRegistry) {
    this.#container = container;
    this.#parent = parent;
    const host: SlotHost = {
      build: (plan, consumer) => this.#build(plan, consumer),
      // An instance that nobody would start is not created late; a passive one needs no start.
      mayCreate: (plan) => !this.#sealed || plan.descriptor.life === 'passive',
      find: (name) => this.find(name),
    };
    this.#slots = new Map(plans.map((plan) => [plan.name, new ExtensionSlot(plan, host)]));
    this.#creation = parent === undefined ? { depth: 0 } : parent.#creation;
  }

  /** The nearest extension of that name. */
  find(name: string): ExtensionSlot | undefined {
    return this.#slots.get(name) ?? this.#parent?.find(name);
  }

  /** All names that can be seen from here, the nearest first. */
  get names(): readonly string[] {
    return [...new Set([...this.#slots.keys(), ...(this.#parent?.names ?? [])])];
  }

  /** Those of this scope that have an instance, in the order of declaration. */
  get created(): readonly ExtensionSlot[] {
    return [...this.#slots.values()].filter((slot) => slot.isCreated);
  }

  /** Those of this scope, in the order of declaration. */
  get slots(): readonly ExtensionSlot[] {
    return [...this.#slots.values()];
  }

  /** One of this scope's own. */
  own(name: string): ExtensionSlot | undefined {
    return this.#slots.get(name);
  }

  /**
   * Builds every instance that is used, each after those that it binds.
   *
   * @throws ExtensionError for the instance that could not be created, or an AggregateError for all that could not
   */
  build(): void {
    const errors = new Set<ExtensionError>();
    for (const slot of this.#slots.values()) {
      if (!slot.plan.used) continue;
      try {
        slot.create();
      } catch (error) {
        if (!(error instanceof ExtensionError)) throw error;
        errors.add(error);
      }
    }
    const [first, ...others] = errors;
    if (first !== undefined) {
      throw combineErrors(`${errors.size} extensions could not be created:`, [first, ...others]);
    }
  }

  /** From now on nothing is created that would have to be started. */
  seal(): void {
    this.#sealed = true;
  }

  #build(plan: ExtensionPlan, servedConsumer: string | undefined): BuiltInstance {
    const namespace = namespaceOf(plan.scope, 'extension', plan.name);
    const consumer = {
      kind: 'extension',
      id: plan.name,
      // Two instances of one name are two consumers: each gets its own of what is per consumer itself.
      namespace: servedConsumer === undefined ? namespace : `${namespace}/for/${servedConsumer}`,
    };
    if (this.#creation.depth === LONGEST_CHAIN) throw extensionErrors.chainTooLong(plan, LONGEST_CHAIN);
    this.#creation.depth++;
    try {
      createInOrder([...plan.capabilities.values()].flatMap((name) => this.find(name) ?? []));
      const capabilities = new Capabilities(consumer, plan.capabilities, this);
      const bundle =
        plan.standIn === undefined
          ? createBundle(plan, this.#container, capabilities)
          : standInBundle(plan, plan.standIn, servedConsumer, capabilities);
      return { bundle, capabilities };
    } finally {
      this.#creation.depth--;
    }
  }
}

/** Steps 2 and 3 for a whole scope: builds the instances that are used, in a registry. @throws as `build` */
export function buildRegistry(
  plans: readonly ExtensionPlan[],
  container: Container,
  parent?: ExtensionRegistry,
): ExtensionRegistry {
  const registry = new ExtensionRegistry(plans, container, parent);
  registry.build();
  return registry;
}
