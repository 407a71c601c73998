import type { z } from 'zod';
import { type ExtensionTrait, isTrait, type TraitInstance, type TraitMethods } from '../traits/trait.js';
import {
  type ComponentClass,
  type ComponentDeclaration,
  type ComponentDescriptor,
  describeComponent,
} from './component.js';
import type { ActiveExtension } from './context.js';

/** `local`: an instance in every worker. `shared`: one instance for the whole scope. */
export type ExecutionModel = 'local' | 'shared';

/**
 * How an instance lives, as its class says: `start` and traits = active; traits only = passive, without task or
 * cost; `start` only = background.
 */
export type ExtensionLife = 'active' | 'passive' | 'background';

/**
 * How many instances stand behind one name. `single`: one for all consumers. `per_consumer`: each component that
 * binds it gets an instance of its own; only a passive class can be that, for nobody would start the others.
 */
export type Instancing = 'single' | 'per_consumer';

/** How long the data path waits for an instance that asked for it and said nothing else, in milliseconds. */
export const DEFAULT_READINESS_TIMEOUT_MS = 5_000;

export interface ExtensionDeclaration<
  Traits extends readonly ExtensionTrait<unknown>[],
  Schema extends z.ZodType,
  Policy extends Instancing = Instancing,
> extends ComponentDeclaration<Schema> {
  /** The traits that the class implements; one instance stands behind all of them. */
  readonly traits?: Traits;
  /** `shared` does not compile with a trait that has a direct method, which cannot cross threads. */
  readonly execution: PossibleExecution<Traits[number]>;
  /** `single` when absent. */
  readonly instancing?: Policy;
  /**
   * Holds the data path until the instance calls `ctx.ready()`, for 5 s or for the milliseconds that the
   * function reads from the configuration.
   */
  readonly readiness?: true | ((config: z.output<Schema>) => number);
}

export interface ExtensionDescriptor extends ComponentDescriptor {
  readonly kind: 'extension';
  readonly traits: readonly ExtensionTrait<unknown>[];
  readonly execution: ExecutionModel;
  readonly life: ExtensionLife;
  readonly instancing: Instancing;
  /** Milliseconds to wait for `ctx.ready()`; `undefined` when the data path does not wait. */
  readonly readiness: ((config: unknown) => number) | undefined;
}

type HasDirectMethod<Trait> =
  Trait extends ExtensionTrait<infer T> ? ('direct' extends TraitMethods<T>[keyof T] ? true : never) : never;

/** `shared` only when every method of every trait can cross threads. */
type PossibleExecution<Trait> = [HasDirectMethod<Trait>] extends [never] ? ExecutionModel : 'local';

/** A trait without the interface behind it, as a list that is declared to hold any traits has them. */
type Unspecific<Trait> =
  Trait extends ExtensionTrait<infer T> ? ([keyof T] extends [never] ? true : never) : never;

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** What a class must be to carry the declaration: all its traits; with none, something to start. */
type Implements<Traits extends readonly ExtensionTrait<unknown>[], Policy extends Instancing> = [
  Unspecific<Traits[number]>,
] extends [never]
  ? ImplementsKnown<Traits, Policy>
  : { readonly 'a list of traits says which traits it has: leave out its type': never };

type ImplementsKnown<
  Traits extends readonly ExtensionTrait<unknown>[],
  Policy extends Instancing,
> = Traits extends readonly []
  ? Policy extends 'per_consumer'
    ? { readonly 'an extension with an instance per consumer has traits': never }
    : ActiveExtension
  : Intersection<TraitInstance<Traits[number]>> &
      (Policy extends 'per_consumer' ? { readonly start?: never } : Partial<ActiveExtension>);

/**
 * Makes a class an extension. Does not compile when the class lacks a trait that it lists, when something listed
 * is no trait, or when there is neither a trait nor a `start`; all three are refused at decoration too, for
 * authors who write JavaScript.
 *
 * @throws TypeError naming the class and what is wrong
 */
export function Extension<
  const Traits extends readonly ExtensionTrait<unknown>[] = readonly [],
  Schema extends z.ZodType = z.ZodType<Record<string, never>>,
  const Policy extends Instancing = 'single',
>(declaration: ExtensionDeclaration<Traits, Schema, Policy>) {
  return <Class extends ComponentClass<object & Implements<Traits, Policy>>>(target: Class): void => {
    const traits: readonly ExtensionTrait<unknown>[] = Object.freeze([...(declaration.traits ?? [])]);
    checkTraits(target, traits);
    const { readiness, execution } = declaration;
    const life = lifeOf(target, traits);
    checkExecution(target, execution, traits);
    const { instancing = 'single' } = declaration;
    checkInstancing(target, instancing, life);
    if (readiness !== undefined && readiness !== true && typeof readiness !== 'function') {
      throw new TypeError(
        `${target.name}: readiness is true, or a function of the configuration that gives milliseconds`,
      );
    }
    if (readiness !== undefined && life === 'passive') {
      throw new TypeError(
        `${target.name}: asks for a readiness barrier but has no start() to become ready in`,
      );
    }
    describeComponent<ExtensionDescriptor>(target, 'extension', declaration, {
      traits,
      execution,
      life,
      instancing,
      readiness:
        readiness === true
          ? () => DEFAULT_READINESS_TIMEOUT_MS
          : (readiness as ((config: unknown) => number) | undefined),
    });
  };
}

function lifeOf(target: ComponentClass, traits: readonly unknown[]): ExtensionLife {
  const starts = hasMethod(target, 'start');
  if (starts) return traits.length > 0 ? 'active' : 'background';
  if (traits.length > 0) return 'passive';
  throw new TypeError(
    `${target.name}: an extension needs a trait, a start() method, or both; it has neither`,
  );
}

function checkExecution(
  target: ComponentClass,
  execution: ExecutionModel,
  traits: readonly ExtensionTrait<unknown>[],
): void {
  if (execution !== 'local' && execution !== 'shared') {
    throw new TypeError(`${target.name}: execution is 'local' or 'shared'`);
  }
  if (execution === 'local') return;
  for (const { id, methods } of traits) {
    const direct = Object.entries(methods).find(([, behaviour]) => behaviour === 'direct');
    if (direct !== undefined) {
      throw new TypeError(
        `${target.name}: ${id}.${direct[0]}() answers directly, so no other thread can call it; use execution: 'local'`,
      );
    }
  }
}

function checkInstancing(target: ComponentClass, instancing: Instancing, life: ExtensionLife): void {
  if (instancing !== 'single' && instancing !== 'per_consumer') {
    throw new TypeError(`${target.name}: instancing is 'single' or 'per_consumer'`);
  }
  if (instancing === 'per_consumer' && life !== 'passive') {
    throw new TypeError(
      `${target.name}: has a start() method, and nobody starts an instance per consumer; remove one of the two`,
    );
  }
}

function checkTraits(target: ComponentClass, traits: readonly unknown[]): void {
  const seen = new Set<unknown>();
  for (const [index, trait] of traits.entries()) {
    if (!isTrait(trait)) {
      throw new TypeError(
        `${target.name}: traits[${index}] is not a trait of this engine; traits are sealed, import one from 'otap-dataflow'`,
      );
    }
    if (seen.has(trait)) throw new TypeError(`${target.name}: lists the trait ${trait.id} twice`);
    seen.add(trait);
    const missing = Object.keys(trait.methods).filter((method) => !hasMethod(target, method));
    if (missing.length > 0) {
      throw new TypeError(
        `${target.name}: lists the trait ${trait.id} but has no ${missing.join('(), ')}(); write it as a method`,
      );
    }
  }
}

function hasMethod(target: ComponentClass, name: string): boolean {
  return typeof (target.prototype as Record<string, unknown>)[name] === 'function';
}
