import type { Container } from 'inversify';
import { MODEL_VERSION } from '../config/structure/engine.js';
import { Engine } from '../engine/engine.js';
import { type ComponentClass, type ComponentDescriptor, lookUpComponent } from '../extension/component.js';
import { CapturedLogger } from './captured-logger.js';
import { FakeClock } from './fake-clock.js';
import type { Provided } from './provided.js';
import { fakeExtension, fakeUrn } from './stand-ins.js';

export interface HarnessOptions {
  /** The component's `config:`, as it would stand in a file; checked by its schema. */
  readonly config?: object;
  /** What stands behind the traits that the component asks for, made by `provide`; bound like `capabilities:` does. */
  readonly extensions?: readonly Provided[];
  /** A clock that stands still until the test moves it; a new one when absent. */
  readonly clock?: FakeClock;
  /** Binds the services of the application that the component injects. */
  readonly container?: Container;
}

/** A component's declaration in a configuration. */
interface Declaration {
  readonly type: string;
  readonly config?: object;
  readonly capabilities?: Readonly<Record<string, string>>;
  readonly outputs?: readonly string[];
}

/** The pipeline around the component under test, but for the extensions that the test provides. */
export interface Surroundings {
  readonly extensions?: Readonly<Record<string, Declaration>>;
  readonly nodes: Readonly<Record<string, Declaration>>;
  readonly connections: readonly { readonly from: string; readonly to: string }[];
  readonly components: readonly ComponentClass[];
}

/** Where the component under test stands. */
export const TEST_SCOPE = Object.freeze({ group: 'test', pipeline: 'test' });

/** An engine that has been built for a harness. */
export interface BuiltEngine {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly logs: CapturedLogger;
}

/**
 * Builds the engine of a harness.
 *
 * @throws ConfigError with everything that is wrong with the component's configuration and its capabilities
 * @throws ExtensionError or PipelineError when a constructor threw
 */
export async function buildEngine(
  { extensions = [], clock = new FakeClock(), container }: HarnessOptions,
  { extensions: declared = {}, nodes, connections, components }: Surroundings,
): Promise<BuiltEngine> {
  const fakes = Object.fromEntries(extensions.map(({ trait }) => [trait.name, { type: fakeUrn(trait) }]));
  const pipeline = { extensions: { ...fakes, ...declared }, nodes, connections };
  const logs = new CapturedLogger();
  const engine = await Engine.create(
    {
      version: MODEL_VERSION,
      groups: { [TEST_SCOPE.group]: { pipelines: { [TEST_SCOPE.pipeline]: pipeline } } },
    },
    {
      components: [...extensions.map(fakeExtension), ...components],
      clock,
      logger: logs,
      ...(container === undefined ? {} : { container }),
    },
    { builtIns: { origin: 'the test kit', exports: [] }, worker: undefined, logger: async () => logs },
  );
  return { engine, clock, logs };
}

/** How the component under test is declared. */
export function declarationOf(
  descriptor: ComponentDescriptor,
  { config, extensions = [] }: HarnessOptions,
): Declaration {
  return {
    type: descriptor.urn.text,
    ...(config === undefined ? {} : { config }),
    capabilities: Object.fromEntries(extensions.map(({ trait }) => [trait.name, trait.name])),
  };
}

/**
 * What a class says of itself.
 *
 * @throws TypeError when it is no component of that kind
 */
export function descriptorOf<D extends ComponentDescriptor>(
  componentClass: ComponentClass,
  kind: D['kind'],
): D {
  const lookup = lookUpComponent(componentClass);
  const decorator = `@${capitalized(kind)}`;
  if (lookup.found === 'foreign') {
    throw new TypeError(
      `${componentClass.name} was decorated by another copy of otap-dataflow than the one that tests it; ` +
        'make otap-dataflow a peer dependency of it, so that there is one copy',
    );
  }
  if (lookup.found === 'nothing') {
    throw new TypeError(`${componentClass.name} is no component; decorate it with ${decorator}`);
  }
  if (lookup.descriptor.kind !== kind) {
    const { kind: found } = lookup.descriptor;
    throw new TypeError(
      `${componentClass.name} is no ${kind} but one ${found}; use run${capitalized(found)}`,
    );
  }
  // The kind says which descriptor it is.
  return lookup.descriptor as D;
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
