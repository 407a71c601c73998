import type { ComponentClass } from '../extension/component.js';
import type { Pdata } from '../pdata/pdata.js';
import type { ExporterNode, ProcessorNode, ReceiverNode } from '../pipeline/contracts.js';
import type { NodeDescriptor, NodeKind } from '../pipeline/decorators.js';
import type { EffectHandler } from '../pipeline/effect-handler.js';
import {
  type BuiltEngine,
  buildEngine,
  declarationOf,
  descriptorOf,
  type HarnessOptions,
} from './build-engine.js';
import { Harness } from './harness.js';
import { Outbox } from './outbox.js';
import {
  type Outgoing,
  STAND_IN_EXPORTER,
  STAND_IN_RECEIVER,
  standInExporter,
  standInReceiver,
} from './stand-ins.js';

export interface SenderOptions extends HarnessOptions {
  /** Names of outputs, as `outputs:` of the node declares them; one output without a name when absent. */
  readonly outputs?: readonly string[];
  /**
   * Takes what the node sends, in place of the next node: resolving acks, a thrown `Nack` nacks. May wait, to be slow,
   * and then gives up when the signal aborts. Acks at once when absent.
   */
  readonly downstream?: (outgoing: Outgoing, signal: AbortSignal) => void | Promise<void>;
}

/** A receiver that runs alone. */
export class ReceiverHarness extends Harness {
  readonly #outbox: Outbox;

  /** Made by `runReceiver`. */
  constructor(built: BuiltEngine, outbox: Outbox) {
    super(built);
    this.#outbox = outbox;
  }

  /** What it has sent, in order. */
  get sent(): readonly Outgoing[] {
    return this.#outbox.sent;
  }

  /**
   * Resolves when it has sent `count` payloads since its start, with all that it has sent.
   *
   * @throws Error when it is stopped before
   */
  whenSent(count: number): Promise<readonly Outgoing[]> {
    return this.#outbox.whenSent(count);
  }

  protected override ended(): void {
    this.#outbox.close();
  }
}

/** A node that takes data and runs alone. */
export class ExporterHarness extends Harness {
  readonly #source: EffectHandler;

  /** Made by `runExporter`. */
  constructor(built: BuiltEngine, source: EffectHandler) {
    super(built);
    this.#source = source;
  }

  /**
   * Gives the node a payload, as soon as it runs.
   *
   * @returns a promise of the outcome: it resolves at the ack
   * @throws Nack when the data is not delivered; what `whenReady` throws when the node does not run
   */
  async send(pdata: Pdata): Promise<void> {
    await this.whenReady;
    await this.#source.deliver(pdata);
  }
}

/** A processor that runs alone. */
export class ProcessorHarness extends ExporterHarness {
  readonly #outbox: Outbox;

  /** Made by `runProcessor`. */
  constructor(built: BuiltEngine, source: EffectHandler, outbox: Outbox) {
    super(built, source);
    this.#outbox = outbox;
  }

  /** What it has sent, in order. What it holds back it sends when it is stopped. */
  get sent(): readonly Outgoing[] {
    return this.#outbox.sent;
  }

  /**
   * Resolves when it has sent `count` payloads since its start, with all that it has sent.
   *
   * @throws Error when it is stopped before
   */
  whenSent(count: number): Promise<readonly Outgoing[]> {
    return this.#outbox.whenSent(count);
  }

  protected override ended(): void {
    this.#outbox.close();
  }
}

/**
 * Builds and starts one receiver, alone in an engine. Resolves when it has been started; `whenReady` says when it takes
 * data. In the log it is called by the last part of its URN.
 *
 * @throws ConfigError in the words of `dataflow validate` when its config or its capabilities are wrong
 * @throws PipelineError when its constructor threw
 *
 * @example
 * await using harness = await runReceiver(Syslog, { config: { listening_addr: '127.0.0.1:0' } });
 * await harness.whenReady;
 * const [first] = await harness.whenSent(1);
 */
export async function runReceiver(
  receiverClass: ComponentClass<ReceiverNode>,
  options: SenderOptions = {},
): Promise<ReceiverHarness> {
  const { built, outbox } = await runNode(receiverClass, 'receiver', options);
  return new ReceiverHarness(built, outbox);
}

/**
 * Builds and starts one processor, alone in an engine: see `runReceiver`. `stop` flushes it.
 *
 * @example
 * await using harness = await runProcessor(Sampler, { config: { ratio: 0.5 } });
 * await harness.send(testTraces(10));
 * harness.sent[0]?.pdata.itemCount;
 */
export async function runProcessor(
  processorClass: ComponentClass<ProcessorNode>,
  options: SenderOptions = {},
): Promise<ProcessorHarness> {
  const { built, source, outbox } = await runNode(processorClass, 'processor', options);
  return new ProcessorHarness(built, await source, outbox);
}

/**
 * Builds and starts one exporter, alone in an engine: see `runReceiver`. `stop` shuts it down.
 *
 * @example
 * await using harness = await runExporter(ToFile, { config: { path } });
 * await harness.send(testLogs(3));
 */
export async function runExporter(
  exporterClass: ComponentClass<ExporterNode>,
  options: HarnessOptions = {},
): Promise<ExporterHarness> {
  const { built, source } = await runNode(exporterClass, 'exporter', options);
  return new ExporterHarness(built, await source);
}

interface StartedNode {
  readonly built: BuiltEngine;
  /** The stand-in that sends to the node; never there for a receiver. */
  readonly source: Promise<EffectHandler>;
  readonly outbox: Outbox;
}

const SOURCE = 'test_source';
const SINK = 'test_sink';

async function runNode(
  nodeClass: ComponentClass,
  kind: NodeKind,
  options: SenderOptions,
): Promise<StartedNode> {
  const descriptor = descriptorOf<NodeDescriptor>(nodeClass, kind);
  const { id } = descriptor.urn;
  const { outputs, downstream } = options;
  const source = Promise.withResolvers<EffectHandler>();
  const outbox = new Outbox(downstream);
  const declaration = declarationOf(descriptor, options);
  const before = kind === 'receiver' ? {} : { [SOURCE]: { type: STAND_IN_RECEIVER } };
  const after = kind === 'exporter' ? [] : (outputs ?? [undefined]);
  const built = await buildEngine(options, {
    nodes: {
      ...before,
      [id]: { ...declaration, ...(outputs === undefined ? {} : { outputs }) },
      ...Object.fromEntries(
        after.map((output) => [
          sinkOf(output),
          { type: STAND_IN_EXPORTER, config: output === undefined ? {} : { output } },
        ]),
      ),
    },
    connections: [
      ...Object.keys(before).map((from) => ({ from, to: id })),
      ...after.map((output) => ({
        from: output === undefined ? id : `${id}["${output}"]`,
        to: sinkOf(output),
      })),
    ],
    components: [
      nodeClass,
      standInReceiver([], source.resolve),
      standInExporter((outgoing, signal) => outbox.take(outgoing, signal)),
    ],
  });
  return { built, source: source.promise, outbox };
}

const sinkOf = (output: string | undefined): string => (output === undefined ? SINK : `${SINK}_${output}`);
