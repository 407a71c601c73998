import type { ExporterNode, ProcessorNode, ReceiverNode } from '../../pipeline/contracts.js';
import {
  type Bindings,
  type ClassNotes,
  type ConfigOf,
  Declarations,
  type ExtensionOptions,
  type TypeOf,
} from './declarations.js';
import { type ComposedPolicies, policiesField } from './policies.js';

/**
 * Composes one pipeline in code. Names are checked by the compiler: a connection to a node, or a binding to an
 * extension, that was not added before does not compile. The result is checked like a file.
 */
export class PipelineBuilder<
  Configs extends object,
  Nodes extends string = never,
  Extensions extends string = never,
> {
  readonly #extensions: Declarations;
  readonly #nodes: Declarations;
  readonly #connections: object[] = [];
  #policies: ComposedPolicies | undefined;

  /** @param classes where classes that are used as types are noted */
  constructor(classes: ClassNotes) {
    this.#extensions = new Declarations('extension', classes);
    this.#nodes = new Declarations('node', classes);
  }

  /** Names an instance of an extension for this pipeline alone. */
  extension<Name extends string, Type extends TypeOf<Configs, 'extension', object>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    options?: ExtensionOptions<Extensions>,
  ): PipelineBuilder<Configs, Nodes, Extensions | Name> {
    this.#extensions.add(name, type, config, options);
    return this as unknown as PipelineBuilder<Configs, Nodes, Extensions | Name>;
  }

  /** Sets the policies of the pipeline. */
  policies(policies: ComposedPolicies): this {
    this.#policies = policies;
    return this;
  }

  receiver<Name extends string, Type extends TypeOf<Configs, 'receiver', ReceiverNode>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    bindings?: Bindings<Extensions>,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    this.#nodes.add(name, type, config, bindings);
    return this as unknown as PipelineBuilder<Configs, Nodes | Name, Extensions>;
  }

  processor<Name extends string, Type extends TypeOf<Configs, 'processor', ProcessorNode>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    bindings?: Bindings<Extensions>,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    this.#nodes.add(name, type, config, bindings);
    return this as unknown as PipelineBuilder<Configs, Nodes | Name, Extensions>;
  }

  exporter<Name extends string, Type extends TypeOf<Configs, 'exporter', ExporterNode>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    bindings?: Bindings<Extensions>,
  ): PipelineBuilder<Configs, Nodes | Name, Extensions> {
    this.#nodes.add(name, type, config, bindings);
    return this as unknown as PipelineBuilder<Configs, Nodes | Name, Extensions>;
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
    return {
      ...policiesField(this.#policies),
      extensions: this.#extensions.toConfig(),
      nodes: this.#nodes.toConfig(),
      connections: this.#connections,
    };
  }
}
