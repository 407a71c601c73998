import { type ComponentClass, lookUpComponent } from '../extension/component.js';
import type { ExporterNode, ProcessorNode, ReceiverNode } from '../pipeline/contracts.js';

/**
 * A component's type: its name (URN or shortcut) when `Configs`, a map of such names to configurations as they
 * stand in a file, knows it; or its decorated class.
 */
type TypeOf<Configs extends object, Kind extends string, Node extends object> =
  | Extract<keyof Configs, `${Kind}:${string}` | `urn:${string}:${Kind}:${string}`>
  | ComponentClass<Node>;

type ConfigOf<Configs extends object, Type> = Type extends keyof Configs ? Configs[Type] & object : object;

/** Trait name to the name of an extension that was added before. */
export interface NodeBindings<Extensions extends string> {
  readonly capabilities?: Readonly<Record<string, Extensions>>;
}

interface Declaration {
  readonly type: string;
  readonly config?: unknown;
  readonly capabilities?: Readonly<Record<string, string>>;
}

/**
 * Composes one pipeline in code. Names are checked by the compiler: a connection to a node, or a binding to an
 * extension, that was not added before does not compile. The result is checked like a file.
 */
export class PipelineBuilder<
  Configs extends object,
  Nodes extends string = never,
  Extensions extends string = never,
> {
  readonly #extensions: Record<string, Declaration> = {};
  readonly #nodes: Record<string, Declaration> = {};
  readonly #connections: object[] = [];
  readonly #classes: Set<ComponentClass>;

  /** @param classes where classes that are used as types are noted */
  constructor(classes: Set<ComponentClass>) {
    this.#classes = classes;
  }

  /** Names an instance of an extension. */
  extension<Name extends string, Type extends TypeOf<Configs, 'extension', object>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
  ): PipelineBuilder<Configs, Nodes, Extensions | Name> {
    refuseTwice('extension', name, this.#extensions);
    this.#extensions[name] = { type: this.#urn(type), ...(config === undefined ? {} : { config }) };
    return this as unknown as PipelineBuilder<Configs, Nodes, Extensions | Name>;
  }

  receiver<Name extends string, Type extends TypeOf<Configs, 'receiver', ReceiverNode>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    bindings?: NodeBindings<Extensions>,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    return this.#node(name, type, config, bindings);
  }

  processor<Name extends string, Type extends TypeOf<Configs, 'processor', ProcessorNode>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    bindings?: NodeBindings<Extensions>,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    return this.#node(name, type, config, bindings);
  }

  exporter<Name extends string, Type extends TypeOf<Configs, 'exporter', ExporterNode>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    bindings?: NodeBindings<Extensions>,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    return this.#node(name, type, config, bindings);
  }

  /** Leads data from one node to another. */
  connect(from: Nodes, to: Nodes): this {
    this.#connections.push({ from, to });
    return this;
  }

  /** Leads data from one node to several, which compete for each message. */
  connectOneOf(from: Nodes, to: readonly Nodes[]): this {
    this.#connections.push({ from, to: [...to], policies: { dispatch: 'one_of' } });
    return this;
  }

  /** The pipeline as it would stand in a file. */
  toConfig(): object {
    return { extensions: this.#extensions, nodes: this.#nodes, connections: this.#connections };
  }

  #node<Name extends string>(
    name: Name,
    type: string | ComponentClass,
    config: object | undefined,
    bindings: NodeBindings<Extensions> | undefined,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    refuseTwice('node', name, this.#nodes);
    this.#nodes[name] = { type: this.#urn(type), ...(config === undefined ? {} : { config }), ...bindings };
    return this as unknown as PipelineBuilder<Configs, Nodes | Name, Extensions>;
  }

  #urn(type: string | ComponentClass): string {
    if (typeof type === 'string') return type;
    const lookup = lookUpComponent(type);
    if (lookup.found !== 'component') {
      throw new TypeError(
        `${type.name} is not a component; decorate it with @Extension, @Receiver, @Processor or @Exporter`,
      );
    }
    this.#classes.add(type);
    return lookup.descriptor.urn.text;
  }
}

/** Composes a configuration in code, and collects the classes that it uses. */
export class ConfigBuilder<Configs extends object> {
  readonly #classes = new Set<ComponentClass>();
  readonly #groups: Record<string, { pipelines: Record<string, object> }> = {};

  /**
   * Adds a pipeline.
   *
   * @param name `group/pipeline`, or `pipeline` in the group `default`
   */
  pipeline(name: string, compose: (pipeline: PipelineBuilder<Configs>) => { toConfig(): object }): this {
    const [group, id] = name.includes('/') ? (name.split('/', 2) as [string, string]) : ['default', name];
    const { pipelines } = this.#groups[group] ?? { pipelines: {} };
    this.#groups[group] = { pipelines };
    refuseTwice('pipeline', id, pipelines);
    pipelines[id] = compose(new PipelineBuilder<Configs>(this.#classes)).toConfig();
    return this;
  }

  /** The configuration as it would stand in a file. */
  toConfig(): object {
    return { version: 'otel_dataflow/v1', groups: this.#groups };
  }

  /** The classes that the pipelines use as types. */
  get classes(): readonly ComponentClass[] {
    return [...this.#classes];
  }
}

function refuseTwice(what: string, name: string, present: object): void {
  if (Object.hasOwn(present, name)) throw new TypeError(`the ${what} '${name}' is added twice`);
}
