import 'reflect-metadata';
import { z } from 'zod';
import { type ComponentKind, parseUrn, type Urn } from '../config/urn.js';
import { type ExtensionTrait, isTrait } from '../traits/trait.js';

/** A class that the container can build. */
// biome-ignore lint/suspicious/noExplicitAny: the parameter list of any class; `unknown[]` would reject classes with parameters.
export type ComponentClass<T extends object = object> = new (...args: any[]) => T;

/** What the decorators of all kinds take. */
export interface ComponentDeclaration<Schema extends z.ZodType = z.ZodType> {
  /** `urn:<namespace>:<kind>:<id>`, or `<kind>:<id>` for namespace `otel`. */
  readonly urn: string;
  /** One sentence for `dataflow components`. */
  readonly description: string;
  /** The schema of `config`; without one the component takes no configuration. */
  readonly config?: Schema;
  /** Traits that `capabilities:` may bind. Binding any other is an error, so that a guard is never ignored. */
  readonly uses?: readonly ExtensionTrait<unknown>[];
  /** Traits that `capabilities:` must bind. */
  readonly requires?: readonly ExtensionTrait<unknown>[];
  /**
   * What is wrong with a configuration in view of what `capabilities:` binds, which the schema does not see.
   *
   * @param bound the traits that are bound
   * @returns the mistakes; none when all is right
   */
  check?(config: z.output<Schema>, bound: ReadonlySet<ExtensionTrait<unknown>>): Iterable<ConfigMistake>;
}

/** Something wrong with a configuration, and where in it. */
export interface ConfigMistake {
  /** Keys and indexes from `config:` on. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what to do; shows no value that may be secret. */
  readonly message: string;
}

/** What a decorated class says of itself. Frozen. */
export interface ComponentDescriptor {
  readonly kind: ComponentKind;
  readonly urn: Urn;
  readonly description: string;
  readonly config: z.ZodType;
  /** Traits that it can use, those that it must among them. */
  readonly uses: readonly ExtensionTrait<unknown>[];
  readonly requires: readonly ExtensionTrait<unknown>[];
  check?(config: unknown, bound: ReadonlySet<ExtensionTrait<unknown>>): Iterable<ConfigMistake>;
}

/** In the global symbol registry, so that a class decorated by another copy of the package is recognized. */
const DESCRIPTOR = Symbol.for('otap-dataflow/component');

/** Descriptors made by this copy of the package. */
const own = new WeakSet<object>();

/**
 * Attaches a descriptor to a class.
 *
 * @throws TypeError when the URN is malformed or of another kind, something that it uses is no trait, or the class has a
 * descriptor already
 */
export function describeComponent<D extends ComponentDescriptor>(
  target: ComponentClass,
  kind: ComponentKind,
  declaration: ComponentDeclaration,
  rest: Omit<D, keyof ComponentDescriptor>,
): void {
  const urn = parseUrn(declaration.urn);
  if (urn === undefined || urn.kind !== kind) {
    throw new TypeError(
      `${target.name}: '${declaration.urn}' is no URN of kind '${kind}'; ` +
        `write 'urn:<namespace>:${kind}:<id>' with parts of a-z, 0-9, '.', '_' and '-'`,
    );
  }
  if (Reflect.hasOwnMetadata(DESCRIPTOR, target)) {
    throw new TypeError(`${target.name}: a class is one component; it is decorated twice`);
  }
  const descriptor = Object.freeze({
    kind,
    urn,
    description: declaration.description,
    config: declaration.config ?? z.strictObject({}),
    ...usedTraits(target, declaration),
    ...(declaration.check === undefined ? {} : { check: declaration.check }),
    ...rest,
  });
  own.add(descriptor);
  Reflect.defineMetadata(DESCRIPTOR, descriptor, target);
}

/**
 * What `uses` and `requires` of a decorator say together; what is required is used.
 *
 * @throws TypeError when one is no trait
 */
function usedTraits(
  target: ComponentClass,
  declared: ComponentDeclaration,
): Pick<ComponentDescriptor, 'uses' | 'requires'> {
  const requires = Object.freeze([...(declared.requires ?? [])]);
  const uses = Object.freeze([...new Set([...(declared.uses ?? []), ...requires])]);
  if (!uses.every(isTrait)) {
    throw new TypeError(`${target.name}: uses something that is not a trait of this engine`);
  }
  return { uses, requires };
}

/** What a value is, seen as a component. */
export type ComponentLookup =
  | { readonly found: 'component'; readonly descriptor: ComponentDescriptor }
  | { readonly found: 'foreign' }
  | { readonly found: 'nothing' };

/** Looks for the descriptor of a decorated class. `foreign`: decorated by another copy of the package. */
export function lookUpComponent(value: unknown): ComponentLookup {
  if (typeof value !== 'function') return { found: 'nothing' };
  const descriptor: unknown = Reflect.getOwnMetadata(DESCRIPTOR, value);
  if (typeof descriptor !== 'object' || descriptor === null) return { found: 'nothing' };
  if (!own.has(descriptor)) return { found: 'foreign' };
  return { found: 'component', descriptor: descriptor as ComponentDescriptor };
}
