import {
  type ClassNotes,
  type ConfigOf,
  Declarations,
  type ExtensionOptions,
  refuseTwice,
  type TypeOf,
} from './declarations.js';
import { PipelineBuilder } from './pipeline-builder.js';
import { type ComposedPolicies, policiesField } from './policies.js';

/** Composes one group in code: extensions that its pipelines share, and the pipelines. */
export class GroupBuilder<Configs extends object, Extensions extends string = never> {
  readonly #classes: ClassNotes;
  readonly #extensions: Declarations;
  readonly #pipelines = new Map<string, object>();
  #policies: ComposedPolicies | undefined;

  /** @param classes where classes that are used as types are noted */
  constructor(classes: ClassNotes) {
    this.#classes = classes;
    this.#extensions = new Declarations('extension', classes);
  }

  /** Names an instance of an extension that all pipelines of the group can bind. */
  extension<Name extends string, Type extends TypeOf<Configs, 'extension', object>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    options?: ExtensionOptions<Extensions>,
  ): GroupBuilder<Configs, Extensions | Name> {
    this.#extensions.add(name, type, config, options);
    return this as unknown as GroupBuilder<Configs, Extensions | Name>;
  }

  /** Sets the policies of all pipelines of the group. */
  policies(policies: ComposedPolicies): this {
    this.#policies = policies;
    return this;
  }

  pipeline(
    name: string,
    compose: (pipeline: PipelineBuilder<Configs, never, Extensions>) => { toConfig(): object },
  ): this {
    refuseTwice('pipeline', name, this.#pipelines);
    const built: PipelineBuilder<Configs, never, Extensions> = new PipelineBuilder(this.#classes);
    this.#pipelines.set(name, compose(built).toConfig());
    return this;
  }

  /** The group as it would stand in a file. */
  toConfig(): object {
    return {
      ...policiesField(this.#policies),
      extensions: this.#extensions.toConfig(),
      pipelines: Object.fromEntries(this.#pipelines),
    };
  }
}
