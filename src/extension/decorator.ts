import type { z } from 'zod';
import { type ExtensionTrait, isTrait, type TraitInstance } from '../traits/trait.js';
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

/** How long the data path waits for an instance that asked for it and said nothing else, in milliseconds. */
export const DEFAULT_READINESS_TIMEOUT_MS = 5_000;

export interface ExtensionDeclaration<
  Traits extends readonly ExtensionTrait<unknown>[],
  Schema extends z.ZodType,
> extends ComponentDeclaration<Schema> {
  /** The traits that the class implements; one instance stands behind all of them. */
  readonly traits?: Traits;
  readonly execution: ExecutionModel;
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
  /** Milliseconds to wait for `ctx.ready()`; `undefined` when the data path does not wait. */
  readonly readiness: ((config: unknown) => number) | undefined;
}

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** What a class must be to carry the declaration: all its traits; with none, something to start. */
type Implements<Traits extends readonly ExtensionTrait<unknown>[]> = Traits extends readonly []
  ? ActiveExtension
  : Intersection<TraitInstance<Traits[number]>> & Partial<ActiveExtension>;

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
>(declaration: ExtensionDeclaration<Traits, Schema>) {
  return <Class extends ComponentClass<object & Implements<Traits>>>(target: Class): void => {
    const traits: readonly ExtensionTrait<unknown>[] = Object.freeze([...(declaration.traits ?? [])]);
    checkTraits(target, traits);
    const { readiness, execution } = declaration;
    const life = lifeOf(target, traits);
    if (execution !== 'local' && execution !== 'shared') {
      throw new TypeError(`${target.name}: execution is 'local' or 'shared'`);
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
