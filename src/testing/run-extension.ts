import type { ComponentClass } from '../extension/component.js';
import type { ExtensionDescriptor } from '../extension/decorator.js';
import type { EffectHandler } from '../pipeline/effect-handler.js';
import type { ExtensionTrait } from '../traits/trait.js';
import {
  buildEngine,
  declarationOf,
  descriptorOf,
  Harness,
  type HarnessOptions,
  type StartedEngine,
} from './harness.js';
import { STAND_IN_EXPORTER, STAND_IN_RECEIVER, standInExporter, standInReceiver } from './stand-ins.js';

/** An extension that runs alone, and what a component that binds it sees of it. */
export class ExtensionHarness extends Harness {
  readonly #consumer: EffectHandler;

  /** Made by `runExtension`. */
  constructor(started: StartedEngine, consumer: EffectHandler) {
    super(started);
    this.#consumer = consumer;
  }

  /**
   * The extension's trait, as a component that bound it gets it.
   *
   * @throws ExtensionError `NotBound` when the class does not provide the trait, `Disposed` after the stop
   */
  trait<T>(trait: ExtensionTrait<T>): T {
    return this.#consumer.getExtension(trait);
  }
}

/**
 * Builds and starts one extension, alone in an engine. Resolves when it has been started; `whenReady` says when it can
 * serve. In the log and in errors the instance is called by the last part of its URN.
 *
 * @throws ConfigError in the words of `dataflow validate` when its config or its capabilities are wrong
 * @throws ExtensionError when its constructor threw
 *
 * @example
 * await using harness = await runExtension(VaultAuth, { config: { role: 'a' } });
 * await harness.whenReady;
 * const token = await harness.trait(BearerTokenProvider).getToken();
 */
export async function runExtension(
  extensionClass: ComponentClass,
  options: HarnessOptions = {},
): Promise<ExtensionHarness> {
  const descriptor = descriptorOf<ExtensionDescriptor>(extensionClass, 'extension');
  const { id } = descriptor.urn;
  // A trait that the test provides has its name already.
  const name = options.extensions?.some(({ trait }) => trait.name === id) === true ? `${id}_under_test` : id;
  const consumer = Promise.withResolvers<EffectHandler>();
  const capabilities = Object.fromEntries(descriptor.traits.map((trait) => [trait.name, name]));
  const started = await buildEngine(options, {
    extensions: { [name]: declarationOf(descriptor, options) },
    nodes: { consumer: { type: STAND_IN_RECEIVER, capabilities }, end: { type: STAND_IN_EXPORTER } },
    connections: [{ from: 'consumer', to: 'end' }],
    components: [
      extensionClass,
      standInReceiver(descriptor.traits, consumer.resolve),
      standInExporter(async () => {}),
    ],
  });
  return new ExtensionHarness(started, await consumer.promise);
}
