import type { ComponentClass } from '../../extension/component.js';
import {
  type ClassNotes,
  type ConfigOf,
  Declarations,
  type ExtensionOptions,
  refuseTwice,
  type TypeOf,
} from './declarations.js';
import { GroupBuilder } from './group-builder.js';
import type { PipelineBuilder } from './pipeline-builder.js';
import { type ComposedPolicies, policiesField } from './policies.js';

/** A configuration that was composed in code. */
export interface ComposedConfig {
  /** The configuration as it would stand in a file. */
  toConfig(): object;
  /** The classes that it uses as types. */
  readonly classes: readonly ComponentClass[];
}

/** Composes a configuration in code, and collects the classes that it uses. */
export class ConfigBuilder<Configs extends object, Extensions extends string = never>
  implements ComposedConfig
{
  readonly #classes: ClassNotes = new Set();
  readonly #extensions = new Declarations('extension', this.#classes);
  readonly #groups = new Map<string, { toConfig(): object }>();
  #policies: ComposedPolicies | undefined;

  /** Names an instance of an extension that every pipeline can bind: one object for the whole process. */
  extension<Name extends string, Type extends TypeOf<Configs, 'extension', object>>(
    name: Name,
    type: Type,
    config?: ConfigOf<Configs, Type>,
    options?: ExtensionOptions<Extensions>,
  ): ConfigBuilder<Configs, Extensions | Name> {
    this.#extensions.add(name, type, config, options);
    return this as unknown as ConfigBuilder<Configs, Extensions | Name>;
  }

  /** Sets the policies of all groups. */
  policies(policies: ComposedPolicies): this {
    this.#policies = policies;
    return this;
  }

  /** Adds a group with extensions of its own. */
  group(name: string, compose: (group: GroupBuilder<Configs, Extensions>) => { toConfig(): object }): this {
    refuseTwice('group', name, this.#groups);
    this.#groups.set(name, compose(new GroupBuilder(this.#classes)));
    return this;
  }

  /**
   * Adds a pipeline.
   *
   * @param name `group/pipeline`, or `pipeline` in the group `default`
   */
  pipeline(
    name: string,
    compose: (pipeline: PipelineBuilder<Configs, never, Extensions>) => { toConfig(): object },
  ): this {
    const slash = name.indexOf('/');
    const group = slash === -1 ? 'default' : name.slice(0, slash);
    const id = name.slice(slash + 1);
    const present = this.#groups.get(group) ?? new GroupBuilder<Configs>(this.#classes);
    if (!(present instanceof GroupBuilder)) {
      throw new TypeError(`the group '${group}' is composed already; add the pipeline '${id}' there`);
    }
    this.#groups.set(group, present.pipeline(id, compose));
    return this;
  }

  toConfig(): object {
    const extensions = this.#extensions.toConfig();
    return {
      version: 'otel_dataflow/v1',
      ...policiesField(this.#policies),
      ...(Object.keys(extensions).length === 0 ? {} : { engine: { extensions } }),
      groups: Object.fromEntries([...this.#groups].map(([name, group]) => [name, group.toConfig()])),
    };
  }

  get classes(): readonly ComponentClass[] {
    return [...this.#classes];
  }
}
