import { Container } from 'inversify';
import type { ExtensionTrait } from '../traits/trait.js';
import type { ActiveExtension } from './context.js';
import type { ExtensionDescriptor } from './decorator.js';
import { ExtensionError, extensionErrors } from './errors.js';
import { Logger } from './logger.js';
import { ExtensionLookup } from './lookup.js';
import { type ExtensionPlan, readinessTimeoutMs, type StandIn } from './plan.js';
import { CONFIG, checkInjections } from './services.js';
import { TraitError, TraitErrorFactory } from './trait-error.js';

/**
 * Step 2, creation: makes the named child container of one instance and builds the instance in it.
 *
 * The child binds the configuration, a logger that names the instance, a factory for its errors, the class once
 * as a singleton, and each trait to that one instance. All of it is synchronous; a constructor does no I/O.
 *
 * @throws ExtensionError `CreationFailed`
 */
export function createBundle(
  plan: ExtensionPlan,
  parent: Container,
  lookup: ExtensionLookup,
): ExtensionBundle {
  const { name, descriptor, componentClass, config } = plan;
  const container = new Container({ parent });
  try {
    container.bind(CONFIG).toConstantValue(config);
    container.bind(Logger.id).toConstantValue(parent.get<Logger>(Logger.id).child({ extension: name }));
    container.bind(TraitErrorFactory.id).toConstantValue(traitErrorFactory(name));
    container.bind(ExtensionLookup.id).toConstantValue(lookup);
    container.bind(componentClass).toSelf().inSingletonScope();
    for (const trait of descriptor.traits) container.bind(trait.token).toService(componentClass);
    checkInjections(componentClass, container);
    const instance = container.get<object>(componentClass);
    if (descriptor.life === 'passive' && 'start' in instance) {
      throw new TypeError('its start is a property; write it as a method, or it is never called');
    }
    const implementations = new Map<ExtensionTrait<unknown>, unknown>();
    for (const trait of descriptor.traits) implementations.set(trait, container.get(trait.token));
    return new ExtensionBundle(plan, instance, implementations, lookup, barrierOf(plan));
  } catch (cause) {
    // One line is enough, whatever the length of the chain.
    if (cause instanceof ExtensionError && cause.kind === 'ChainTooLong') throw cause;
    throw extensionErrors.creationFailed(plan, cause);
  }
}

/** The bundle of an instance that lives in another thread: nothing of it is here but what leads to it. */
export function standInBundle(
  plan: ExtensionPlan,
  standIn: StandIn,
  consumer: string | undefined,
  lookup: ExtensionLookup,
): ExtensionBundle {
  const implementations = new Map(plan.descriptor.traits.map((trait) => [trait, standIn(trait, consumer)]));
  return new ExtensionBundle(plan, Object.freeze({}), implementations, lookup, undefined);
}

/** @throws TypeError when the class reads a time from its configuration that cannot be waited for */
function barrierOf(plan: ExtensionPlan): number | undefined {
  const timeoutMs = readinessTimeoutMs(plan);
  if (timeoutMs === undefined || (Number.isFinite(timeoutMs) && timeoutMs > 0)) return timeoutMs;
  throw new TypeError(
    `its readiness waits for ${timeoutMs} ms; let the function give a number of milliseconds above 0`,
  );
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
  readonly plan: ExtensionPlan;
  /** How the instance reaches other extensions. */
  readonly lookup: ExtensionLookup;
  /** Milliseconds that others wait for the instance; `undefined` when they do not wait. */
  readonly readinessTimeoutMs: number | undefined;
  readonly #instance: object;
  readonly #implementations: ReadonlyMap<ExtensionTrait<unknown>, unknown>;

  constructor(
    plan: ExtensionPlan,
    instance: object,
    implementations: ReadonlyMap<ExtensionTrait<unknown>, unknown>,
    lookup: ExtensionLookup,
    readinessTimeoutMs: number | undefined,
  ) {
    this.plan = plan;
    this.lookup = lookup;
    this.readinessTimeoutMs = readinessTimeoutMs;
    this.#instance = instance;
    this.#implementations = implementations;
  }

  get name(): string {
    return this.plan.name;
  }

  get descriptor(): ExtensionDescriptor {
    return this.plan.descriptor;
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
}
