import { Container } from 'inversify';
import type { ExtensionTrait } from '../traits/trait.js';
import type { ComponentClass } from './component.js';
import type { ActiveExtension } from './context.js';
import type { ExtensionDescriptor } from './decorator.js';
import { extensionErrors } from './errors.js';
import { Logger } from './logger.js';
import { CONFIG, checkInjections } from './services.js';
import { TraitError, TraitErrorFactory } from './trait-error.js';

/** An extension of the configuration, its type found and its config checked: all that is needed to build it. */
export interface ExtensionPlan {
  readonly name: string;
  readonly descriptor: ExtensionDescriptor;
  readonly componentClass: ComponentClass;
  /** What the class's schema made of the configuration. */
  readonly config: unknown;
}

/**
 * Step 2, creation: makes the named child container of one instance and builds the instance in it.
 *
 * The child binds the configuration, a logger that names the instance, a factory for its errors, the class once
 * as a singleton, and each trait to that one instance. All of it is synchronous; a constructor does no I/O.
 *
 * @throws ExtensionError `CreationFailed`
 */
export function createBundle(plan: ExtensionPlan, parent: Container): ExtensionBundle {
  const { name, descriptor, componentClass, config } = plan;
  const container = new Container({ parent });
  try {
    container.bind(CONFIG).toConstantValue(config);
    container.bind(Logger.id).toConstantValue(parent.get<Logger>(Logger.id).child({ extension: name }));
    container.bind(TraitErrorFactory.id).toConstantValue(traitErrorFactory(name));
    container.bind(componentClass).toSelf().inSingletonScope();
    for (const trait of descriptor.traits) container.bind(trait.token).toService(componentClass);
    checkInjections(componentClass, container);
    const instance = container.get<object>(componentClass);
    if (descriptor.life === 'passive' && 'start' in instance) {
      throw new TypeError('its start is a property; write it as a method, or it is never called');
    }
    const implementations = new Map<ExtensionTrait<unknown>, unknown>();
    for (const trait of descriptor.traits) implementations.set(trait, container.get(trait.token));
    return new ExtensionBundle(plan, instance, implementations);
  } catch (cause) {
    throw extensionErrors.creationFailed(name, descriptor.urn.short, cause);
  }
}

function traitErrorFactory(extension: string): TraitErrorFactory {
  return {
    create: (trait, reason, options) => new TraitError(extension, trait.name, reason, options),
  };
}

/**
 * Step 3, a built instance, seen as trait -> the one instance. Immutable; the container behind it
 * has done its work.
 */
export class ExtensionBundle {
  readonly name: string;
  readonly descriptor: ExtensionDescriptor;
  readonly #config: unknown;
  readonly #instance: object;
  readonly #implementations: ReadonlyMap<ExtensionTrait<unknown>, unknown>;

  constructor(
    plan: ExtensionPlan,
    instance: object,
    implementations: ReadonlyMap<ExtensionTrait<unknown>, unknown>,
  ) {
    this.name = plan.name;
    this.descriptor = plan.descriptor;
    this.#config = plan.config;
    this.#instance = instance;
    this.#implementations = implementations;
  }

  /** What stands behind a trait; `undefined` when the class does not implement it. */
  find<T>(trait: ExtensionTrait<T>): T | undefined {
    // The container is untyped here; the decorator's compile-time gate made sure that the class implements T.
    return this.#implementations.get(trait) as T | undefined;
  }

  /** The instance as something to start; `undefined` when it is passive. */
  get active(): ActiveExtension | undefined {
    return this.descriptor.life === 'passive' ? undefined : (this.#instance as ActiveExtension);
  }

  /** Milliseconds that the data path waits for the instance; `undefined` when it does not wait. */
  get readinessTimeoutMs(): number | undefined {
    return this.active === undefined ? undefined : this.descriptor.readiness?.(this.#config);
  }
}
