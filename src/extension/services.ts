import { type Container, inject as inversifyInject } from 'inversify';

/**
 * A dependency-injection token for a service of the engine, or of the application that embeds it. `T` is the
 * interface behind it.
 */
export interface ServiceToken<T> {
  readonly id: symbol;
  readonly name: string;
  /** Carries `T` for inference; never set. */
  readonly service?: T;
}

/** Makes a token for a service that an application binds in its own container and its extensions inject. */
export function serviceToken<T>(name: string): ServiceToken<T> {
  return Object.freeze({ id: Symbol.for(`otap-dataflow/service/${name}`), name });
}

// biome-ignore lint/suspicious/noExplicitAny: the parameter list of any class; `unknown[]` would reject classes with parameters.
type AnyClass = abstract new (...args: any[]) => object;

/** What each class injects by `inject`. */
const injections = new WeakMap<AnyClass, readonly ServiceToken<unknown>[]>();

type Accepts<Class extends AnyClass, Index extends number, T> = T extends ConstructorParameters<Class>[Index]
  ? unknown
  : { readonly 'this parameter does not take the injected service': never };

/**
 * Injects a service into a constructor parameter. Unlike Inversify's own decorator it checks, at compile time,
 * that the parameter takes what the token stands for.
 *
 * @example
 * constructor(@inject(Logger) private readonly log: Logger) {}
 */
export function inject<T>(token: ServiceToken<T>) {
  return <Class extends AnyClass, Index extends number>(
    target: Class & Accepts<Class, Index, T>,
    key: undefined,
    index: Index,
  ): void => {
    injections.set(target, [...(injections.get(target) ?? []), token]);
    inversifyInject(token.id)(target, key, index);
  };
}

/**
 * Looks whether everything that a class injects is bound, so that a missing service is named by its name.
 *
 * @throws TypeError
 */
export function checkInjections(target: AnyClass, container: Container): void {
  for (const token of injections.get(target) ?? []) {
    if (!container.isBound(token.id)) {
      throw new TypeError(
        `it injects the service '${token.name}', which nobody bound; bind it in the container that is given to the engine`,
      );
    }
  }
}

/** What the container binds an instance's validated configuration to. */
export const CONFIG: unique symbol = Symbol('config');

/** Injects the instance's configuration, validated by the schema that its decorator names. */
export function config(): ParameterDecorator {
  return inversifyInject(CONFIG) as ParameterDecorator;
}
