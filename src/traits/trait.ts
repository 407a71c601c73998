/**
 * How one method of a trait behaves when it is called: `async` returns one promise, `stream` returns an async
 * iterable, `direct` returns anything else. A trait with a direct method cannot be reached from another thread,
 * so only `local` extensions can provide it.
 */
export type TraitMethod<F> = F extends (...args: never[]) => Promise<unknown>
  ? 'async'
  : F extends (...args: never[]) => AsyncIterable<unknown>
    ? 'stream'
    : F extends (...args: never[]) => unknown
      ? 'direct'
      : never;

/** The methods of the interface `T`, each with its behaviour. */
export type TraitMethods<T> = { readonly [M in keyof T]: TraitMethod<T[M]> };

/** The names of the methods of the interface `T` that return a promise. */
export type AsyncMethodOf<T> = {
  [M in keyof T]: TraitMethod<T[M]> extends 'async' ? M : never;
}[keyof T] &
  string;

/** Who holds a handle of a trait. */
export interface TraitConsumer {
  /** Group, pipeline, kind and id, joined by `/`: the same for the same component in every run. */
  readonly namespace: string;
}

/** The instance behind a handle, which a replacement exchanges while consumers hold the handle. */
export interface TraitTarget<T> {
  readonly current: T;
  /** Hands on what an `async` method gave, so that the instance is not stopped before its last call has ended. */
  counted<Answer>(call: Promise<Answer>): Promise<Answer>;
  /**
   * Calls a method that the trait declares to be `ordered`, and hands on what it gave as `counted` does. When the instance
   * is replaced, the next one is called when all earlier calls of this kind have ended.
   */
  inOrder<Answer>(call: (instance: T) => Promise<Answer>): Promise<Answer>;
  /** Reads a stream of the instance; goes on with the next instance's when the instance is replaced. */
  follow<Item>(open: (instance: T) => AsyncIterable<Item>): AsyncIterable<Item>;
}

/** What is known to what keeps a value of a remote instance near. */
export interface NearbyContext {
  /** Monotonic milliseconds, on the clock that the expiries are on which arrive in this thread. */
  now(): number;
  /** Aborts when something else takes its place: it subscribes to nothing any more then. */
  readonly superseded: AbortSignal;
}

interface HandleMaker<T> {
  /**
   * Makes what a consumer holds. Each method reads `target.current` at each call and forwards to it, written out so
   * that the call costs nothing; `async` ones through `target.counted`, those that are `ordered` through
   * `target.inOrder`, streams through `target.follow`.
   */
  handle(target: TraitTarget<T>, consumer: TraitConsumer): T;
  /**
   * Stands before an instance that lives in another thread, one for all consumers of this thread, and keeps near what
   * they would ask it for all the time. Where it is absent, each call goes to the other thread.
   *
   * @param remote calls the instance; answers take a hop between threads
   */
  nearby?(remote: T, context: NearbyContext): T;
}

/** What a trait file says of its trait. */
export interface TraitDeclaration<T> extends HandleMaker<T> {
  /** The identifier of the interface and of the token, such as `BearerTokenProvider`. */
  readonly id: string;
  /** The name in YAML, such as `bearer_token_provider`. */
  readonly name: string;
  /** One sentence for `dataflow components`. */
  readonly description: string;
  readonly methods: TraitMethods<T>;
  /**
   * The methods whose calls are carried out in the order in which they are made, also across a replacement. Each of their
   * calls is counted, which costs some 55 ns: for what writes. None when absent.
   */
  readonly ordered?: readonly AsyncMethodOf<T>[];
}

/** Known to this file alone: the class is reachable as `trait.constructor`, but cannot be called without it. */
const MAKER = Symbol('maker of traits');

class SealedTrait<T> {
  /** A private brand: no object made elsewhere has it, neither for the compiler nor at run time. */
  readonly #sealed = true;
  /** Carries `T` for inference; never set. */
  declare readonly instance: T;
  /** What the container binds: one symbol a trait, made with it. */
  readonly token: symbol;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly methods: TraitMethods<T>;
  readonly ordered: ReadonlySet<string>;
  readonly #maker: HandleMaker<T>;

  constructor(maker: typeof MAKER, declaration: TraitDeclaration<T>) {
    if (maker !== MAKER) throw new TypeError('traits are sealed: only the engine makes them');
    this.id = declaration.id;
    this.name = declaration.name;
    this.description = declaration.description;
    this.methods = Object.freeze({ ...declaration.methods });
    this.ordered = new Set(declaration.ordered);
    this.#maker = declaration;
    this.token = Symbol(declaration.id);
    Object.freeze(this);
  }

  /** What a consumer holds in place of the instance: it forwards each call to the one that is current then. */
  handle(target: TraitTarget<T>, consumer: TraitConsumer): T {
    return this.#maker.handle(target, consumer);
  }

  /** What consumers in another thread use in place of a remote instance. */
  nearby(remote: T, context: NearbyContext): T {
    return this.#maker.nearby?.(remote, context) ?? remote;
  }

  static has(value: unknown): value is SealedTrait<unknown> {
    return typeof value === 'object' && value !== null && #sealed in value && value.#sealed;
  }
}

Object.freeze(SealedTrait);
Object.freeze(SealedTrait.prototype);

/**
 * A sealed, engine-defined interface that extensions provide and components ask for. The object is the
 * dependency-injection token; `T` is the interface behind it. Only files in this folder make one.
 */
export type ExtensionTrait<T> = SealedTrait<T>;

/** The interface behind a trait. */
export type TraitInstance<Trait> = Trait extends ExtensionTrait<infer T> ? T : never;

/** Makes a trait. Not exported to authors: traits are sealed. */
export function createTrait<T>(declaration: TraitDeclaration<T>): ExtensionTrait<T> {
  return new SealedTrait<T>(MAKER, declaration);
}

/** Whether `value` is a trait that this copy of the engine made. */
export function isTrait(value: unknown): value is ExtensionTrait<unknown> {
  return SealedTrait.has(value);
}
