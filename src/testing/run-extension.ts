import { isId } from '../config/structure/id.js';
import type { ComponentClass } from '../extension/component.js';
import type { ExtensionDescriptor } from '../extension/decorator.js';
import type { EffectHandler } from '../pipeline/effect-handler.js';
import type { ExtensionTrait } from '../traits/trait.js';
import {
  type BuiltEngine,
  buildEngine,
  declarationOf,
  descriptorOf,
  type HarnessOptions,
  TEST_SCOPE,
} from './build-engine.js';
import { Harness } from './harness.js';
import { STAND_IN_EXPORTER, STAND_IN_RECEIVER, standInExporter, standInReceiver } from './stand-ins.js';

export interface ExtensionOptions extends HarnessOptions {
  /**
   * Names of components that bind the extension; one when absent. Several see what tells consumers apart: an instance
   * each (`instancing: 'per_consumer'`), a namespace each. Each has a name of its own.
   */
  readonly consumers?: readonly [string, ...string[]];
}

/** An extension that runs alone, and what components that bind it see of it. */
export class ExtensionHarness extends Harness {
  /** The instance's name in the configuration, in the log and in errors. */
  readonly name: string;
  readonly #consumers: ReadonlyMap<string, EffectHandler>;

  /** Made by `runExtension`. */
  constructor(built: BuiltEngine, name: string, consumers: ReadonlyMap<string, EffectHandler>) {
    super(built);
    this.name = name;
    this.#consumers = consumers;
  }

  /**
   * The extension's trait, as a component that bound it gets it: a handle that stays good when the instance is
   * replaced.
   *
   * @param consumer the component, of those that `consumers` named; the first when absent
   * @throws ExtensionError `NotBound` when the class does not provide the trait, `Disposed` after the stop
   */
  trait<T>(trait: ExtensionTrait<T>, consumer?: string): T {
    const [first] = this.#consumers.values();
    const effect = consumer === undefined ? first : this.#consumers.get(consumer);
    if (effect === undefined) {
      const names = [...this.#consumers.keys()].join(', ');
      throw new Error(`there is no consumer '${consumer}'; name it in 'consumers' beside ${names}`);
    }
    return effect.getExtension(trait);
  }

  /**
   * Replaces the instance by one with another config, as `engine.replaceExtension` does while consumers call it.
   *
   * @param config all of the `config:`, as it would stand in a file
   * @throws ConfigError or ExtensionError when the new instance cannot serve; the old one then goes on
   */
  async replace(config: object): Promise<void> {
    await this.whenReady;
    const replacing = this.engine.replaceExtension(TEST_SCOPE, this.name, config);
    void this.giveUpStuck(replacing, () =>
      this.engine.extensions.some(({ candidate }) => candidate === 'stopping'),
    );
    await replacing;
  }
}

/**
 * Builds and starts one extension, alone in an engine. Resolves when it has been started; `whenReady` says when it can
 * serve. In the log and in errors the instance is called by the last part of its URN.
 *
 * @throws ConfigError in the words of `dataflow validate` when its config or its capabilities are wrong
 * @throws ExtensionError when its constructor threw
 * @throws RangeError when a consumer cannot be called as `consumers` says
 *
 * @example
 * await using harness = await runExtension(VaultAuth, { config: { role: 'a' } });
 * await harness.whenReady;
 * const token = await harness.trait(BearerTokenProvider).getToken();
 */
export async function runExtension(
  extensionClass: ComponentClass,
  options: ExtensionOptions = {},
): Promise<ExtensionHarness> {
  const descriptor = descriptorOf<ExtensionDescriptor>(extensionClass, 'extension');
  const { id } = descriptor.urn;
  // A trait that the test provides has its name already.
  const name = options.extensions?.some(({ trait }) => trait.name === id) === true ? `${id}_under_test` : id;
  const names = options.consumers ?? ['consumer'];
  refuseConsumers(names);
  const consumers = new Map<string, EffectHandler>();
  const capabilities = Object.fromEntries(descriptor.traits.map((trait) => [trait.name, name]));
  const built = await buildEngine(options, {
    extensions: { [name]: declarationOf(descriptor, options) },
    nodes: {
      ...Object.fromEntries(names.map((id) => [id, { type: STAND_IN_RECEIVER, capabilities }])),
      [END]: { type: STAND_IN_EXPORTER },
    },
    connections: names.map((from) => ({ from, to: END })),
    components: [
      extensionClass,
      standInReceiver(descriptor.traits, (effect) => consumers.set(effect.node, effect)),
      standInExporter(async () => {}),
    ],
  });
  return new ExtensionHarness(built, name, new Map(names.flatMap((id) => entryOf(consumers, id))));
}

/** The stand-in that all consumers lead to. */
const END = 'end_of_test';

function refuseConsumers(names: readonly string[]): void {
  if (names.length === 0) throw new RangeError('consumers names nobody; leave it out to have one');
  if (new Set(names).size < names.length) {
    throw new RangeError(`consumers names one twice: ${names.join(', ')}`);
  }
  for (const name of names) {
    if (name === END)
      throw new RangeError(`no consumer can be called '${END}', which the test kit uses itself`);
    if (!isId(name)) {
      throw new RangeError(
        `no consumer can be called '${name}'; leave out quotes, brackets and spaces around it`,
      );
    }
  }
}

/** A consumer by its name, in the order of the test and not of the engine. */
function entryOf<T>(map: ReadonlyMap<string, T>, key: string): readonly [string, T][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
