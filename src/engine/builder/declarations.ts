import { type ComponentClass, lookUpComponent } from '../../extension/component.js';

/**
 * A component's type: its name (URN or shortcut) when `Configs`, a map of such names to configurations as they
 * stand in a file, knows it; or its decorated class.
 */
export type TypeOf<Configs extends object, Kind extends string, Node extends object> =
  | Extract<keyof Configs, `${Kind}:${string}` | `urn:${string}:${Kind}:${string}`>
  | ComponentClass<Node>;

export type ConfigOf<Configs extends object, Type> = Type extends keyof Configs
  ? Configs[Type] & object
  : object;

/** Trait name to the name of an extension that was added before, in the same scope or a wider one. */
export interface Bindings<Extensions extends string> {
  readonly capabilities?: Readonly<Record<string, Extensions>>;
}

/** What an extension's declaration can say beside its type and its configuration. */
export interface ExtensionOptions<Extensions extends string> extends Bindings<Extensions> {
  readonly description?: string;
  /** How long it may take to become ready, such as `30s`, in place of what its class says. */
  readonly readiness_timeout?: string;
}

/** Notes the classes that are used as types: an engine must know them. */
export type ClassNotes = Set<ComponentClass>;

/** Declarations of one section, such as `nodes:`, as they would stand in a file. */
export class Declarations {
  readonly #what: string;
  readonly #classes: ClassNotes;
  readonly #declared = new Map<string, object>();

  /** @param what what is declared, for messages: `node` */
  constructor(what: string, classes: ClassNotes) {
    this.#what = what;
    this.#classes = classes;
  }

  /** @throws TypeError when the name is taken, or the class is no component */
  add(name: string, type: string | ComponentClass, config: object | undefined, rest: object = {}): void {
    refuseTwice(this.#what, name, this.#declared);
    this.#declared.set(name, { type: this.#urn(type), ...(config === undefined ? {} : { config }), ...rest });
  }

  toConfig(): Readonly<Record<string, object>> {
    return Object.fromEntries(this.#declared);
  }

  #urn(type: string | ComponentClass): string {
    if (typeof type === 'string') return type;
    const lookup = lookUpComponent(type);
    if (lookup.found !== 'component') {
      throw new TypeError(
        `${nameOf(type)} is not a component; decorate it with @Extension, @Receiver, @Processor or @Exporter`,
      );
    }
    this.#classes.add(type);
    return lookup.descriptor.urn.text;
  }
}

/** What callers in JavaScript may give in place of a class. */
const nameOf = (type: unknown): string => (typeof type === 'function' ? type.name : String(type));

/** @throws TypeError when a name is taken */
export function refuseTwice(what: string, name: string, present: ReadonlyMap<string, unknown>): void {
  if (present.has(name)) throw new TypeError(`the ${what} '${name}' is added twice`);
}
