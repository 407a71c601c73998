import type { Container } from 'inversify';
import { MODEL_VERSION } from '../config/structure/engine.js';
import { Engine } from '../engine/engine.js';
import { type ComponentClass, type ComponentDescriptor, lookUpComponent } from '../extension/component.js';
import { combineErrors, ExtensionError } from '../extension/errors.js';
import { PipelineError } from '../pipeline/errors.js';
import type { PipelineSummary } from '../pipeline/summary.js';
import { CapturedLogger } from './captured-logger.js';
import { FakeClock } from './fake-clock.js';
import type { Provided } from './provided.js';
import { fakeExtension, fakeUrn } from './stand-ins.js';

/** How long something may take to stop, in milliseconds of real time, before the clock is moved past its deadlines. */
const REAL_GRACE_MS = 1_000;

/** How far the clock is moved at a time then, in milliseconds. */
const STEP_MS = 1_000;

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

/**
 * One component in a real engine, in a pipeline of nothing but stand-ins, with a clock that stands still and a log
 * that is kept. Everything between the component and the test is the engine's own code.
 */
export abstract class Harness implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly logs: CapturedLogger;
  /**
   * Resolves when the data path runs: every extension with a readiness barrier has passed it, and every receiver
   * takes data.
   *
   * @throws ExtensionError, PipelineError, or an AggregateError for several
   */
  readonly whenReady: Promise<void>;
  /** Resolves with what went wrong when the component cannot go on, although nobody stopped it. */
  readonly failed: Promise<Error>;
  readonly #engine: Engine;
  readonly #errors: Error[] = [];
  #isReady = false;
  #told = false;
  #stopped: Promise<readonly Error[]> | undefined;

  protected constructor({ engine, clock, logs }: StartedEngine) {
    this.#engine = engine;
    this.clock = clock;
    this.logs = logs;
    this.failed = engine.failed;
    void engine.failed.then((error) => this.#note(error));
    this.whenReady = engine.start().then(() => {
      this.#isReady = true;
    });
    this.whenReady.catch((error: Error) => this.#note(error));
  }

  /** Whether `whenReady` has resolved. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** What became of the data so far, in items. */
  get summary(): PipelineSummary {
    return this.#engine.summary[0] as PipelineSummary;
  }

  /**
   * Stops the component as the engine does: receivers first, then what is under way is drained (a processor's
   * `flush`, an exporter's `shutdown`), then extensions. What has not ended within 1 s of real time has the clock
   * moved past its deadlines. Calling it again gives the same promise.
   *
   * @returns everything that went wrong since the start; empty when nothing did. It does not throw.
   */
  stop(): Promise<readonly Error[]> {
    this.#told = true;
    return this.#stop();
  }

  /**
   * Stops the component at the end of an `await using`. A test that did not call `stop` to see it is failed with what
   * went wrong.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const [first, ...others] = await this.#stop();
    if (first === undefined || this.#told) return;
    throw combineErrors('several things went wrong:', [first, ...others]);
  }

  #stop(): Promise<readonly Error[]> {
    this.#stopped ??= this.#stopEngine();
    return this.#stopped;
  }

  async #stopEngine(): Promise<readonly Error[]> {
    let over = false;
    const stopping = this.#engine.stop().then(() => {
      over = true;
    });
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, REAL_GRACE_MS);
    await Promise.race([stopping, patience.promise]);
    clearTimeout(timer);
    while (!over) await this.clock.advance(STEP_MS);
    await stopping;
    // What `whenReady` and `failed` tell is noted a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    for (const { level, fields } of this.logs.lines) {
      const { error } = fields;
      // The engine's own words about a component; what a component logs of its own accord is no failure of it.
      if (level === 'error' && (error instanceof ExtensionError || error instanceof PipelineError)) {
        this.#note(error);
      }
    }
    return this.#errors;
  }

  #note(error: Error): void {
    const errors: readonly Error[] = error instanceof AggregateError ? error.errors : [error];
    for (const each of errors) {
      const seen = this.#errors.includes(each) || (this.#stopped !== undefined && isOfStop(each));
      if (!seen) this.#errors.push(each);
    }
  }
}

/** Whether it only says that a start was cut short by the stop, which the test asked for. */
function isOfStop(error: Error): boolean {
  return error instanceof ExtensionError ? error.kind === 'Disposed' : !(error instanceof PipelineError);
}

/** An engine that has been built for a harness. */
export interface StartedEngine {
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
): Promise<StartedEngine> {
  const fakes = Object.fromEntries(extensions.map(({ trait }) => [trait.name, { type: fakeUrn(trait) }]));
  const pipeline = { extensions: { ...fakes, ...declared }, nodes, connections };
  const logs = new CapturedLogger();
  const engine = await Engine.create(
    { version: MODEL_VERSION, groups: { test: { pipelines: { test: pipeline } } } },
    {
      components: [...extensions.map(fakeExtension), ...components],
      clock,
      logger: logs,
      ...(container === undefined ? {} : { container }),
    },
    { builtIns: { origin: 'the test kit', exports: [] }, logger: async () => logs },
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
        'make otap-dataflow a peer dependency, so that there is one copy',
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
