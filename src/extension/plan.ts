import type { ExtensionTrait } from '../traits/trait.js';
import type { ComponentClass } from './component.js';
import type { ExtensionDescriptor } from './decorator.js';
import type { ScopeName } from './scope.js';

/** Trait to extension name: a component's `capabilities:`, checked. */
export type CapabilityPlan = ReadonlyMap<ExtensionTrait<unknown>, string>;

/**
 * Gives what stands in this thread for a trait of an instance that lives in another one.
 *
 * @param consumer namespace of the one that a `per_consumer` instance is for
 */
export type StandIn = (trait: ExtensionTrait<unknown>, consumer: string | undefined) => unknown;

/** An extension of the configuration, its type found and its config checked: all that is needed to build it. */
export interface ExtensionPlan {
  readonly name: string;
  readonly scope: ScopeName;
  readonly descriptor: ExtensionDescriptor;
  readonly componentClass: ComponentClass;
  /** What the class's schema made of the configuration. */
  readonly config: unknown;
  /** The configuration as its schema took it, expanded: what a reload compares, and a worker reads again. */
  readonly written: unknown;
  /** What it binds of other extensions, of its own scope or of wider ones. */
  readonly capabilities: CapabilityPlan;
  /** Milliseconds that its declaration gives it to become ready, in place of what its class says. */
  readonly declaredReadinessMs: number | undefined;
  /** A node or a used extension binds it, or it is a background one. Others are created when they are asked for by name. */
  readonly used: boolean;
  /** Given when the instance lives in another thread: nothing is built or started here. */
  readonly standIn?: StandIn;
}

/** Milliseconds that others wait for it to be ready; `undefined` when its class asks for no barrier. */
export function readinessTimeoutMs({
  descriptor,
  declaredReadinessMs,
  config,
}: ExtensionPlan): number | undefined {
  return descriptor.readiness === undefined
    ? undefined
    : (declaredReadinessMs ?? descriptor.readiness(config));
}
