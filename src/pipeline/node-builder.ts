import { Container } from 'inversify';
import { Capabilities } from '../extension/capabilities.js';
import { Clock } from '../extension/clock.js';
import type { ExtensionScope } from '../extension/extension-scope.js';
import { Logger } from '../extension/logger.js';
import { namespaceOf } from '../extension/scope.js';
import { CONFIG, checkInjections } from '../extension/services.js';
import { Channel } from './channel.js';
import type { ExporterNode, ProcessorNode, ReceiverNode } from './contracts.js';
import { DeliveryLog } from './delivery-log.js';
import { EffectHandler } from './effect-handler.js';
import { pipelineErrors } from './errors.js';
import { ExporterRunner } from './exporter-runner.js';
import { Inbox } from './inbox.js';
import type { Listening } from './listening.js';
import { NodeEffectHandler, type NodeOutputs, type SendObserver } from './node-effect-handler.js';
import type { NodePlan, PipelinePlan } from './plan.js';
import { ProcessorRunner } from './processor-runner.js';
import { ReceiverRunner } from './receiver-runner.js';
import type { PipelineCounters } from './summary.js';

/** The nodes of a pipeline, built and joined, none of them running. */
export interface BuiltNodes {
  readonly receivers: readonly ReceiverRunner[];
  readonly consumers: readonly ConsumerRunner[];
  readonly exporters: readonly ExporterRunner[];
  readonly channels: readonly Channel[];
  readonly capabilities: readonly Capabilities[];
}

/** A processor or exporter that takes messages until no more come. */
export interface ConsumerRunner {
  readonly plan: NodePlan;
  run(): Promise<void>;
}

export interface NodeEnvironment {
  /** The pipeline's, with what it can see of extensions. */
  readonly scope: ExtensionScope;
  readonly counters: PipelineCounters;
  /** Aborts when everything that still runs must give up. */
  readonly signal: AbortSignal;
  readonly listening: Listening;
}

/**
 * Builds every node in a named child container of its own and joins them with channels.
 *
 * @throws PipelineError naming the node whose constructor threw
 */
export function buildNodes(plan: PipelinePlan, environment: NodeEnvironment): BuiltNodes {
  const wiring = new Wiring(plan);
  const receivers: ReceiverRunner[] = [];
  const consumers: ConsumerRunner[] = [];
  const exporters: ExporterRunner[] = [];
  const allCapabilities: Capabilities[] = [];
  const { scope, counters, signal, listening } = environment;
  for (const node of plan.nodes) {
    const { kind } = node.descriptor;
    const consumer = { kind, id: node.id, namespace: namespaceOf(scope.name, kind, node.id) };
    const capabilities = new Capabilities(consumer, node.capabilities, scope.registry);
    allCapabilities.push(capabilities);
    const observer = kind === 'receiver' ? countsReceived(counters) : countsRefused(counters);
    const instance = createNode(node, environment, capabilities, wiring.outputs(node), observer);
    const inbox = wiring.inbox(node.id);
    const logger = scope.logger.child({ node: node.id });
    const close = (): void => wiring.closeOutputs(node.id);
    if (kind === 'receiver') {
      receivers.push(new ReceiverRunner(scope.name, node, instance as ReceiverNode, listening, close));
    } else if (kind === 'processor') {
      const runner = new ProcessorRunner(instance as ProcessorNode, inbox, counters, logger);
      consumers.push({ plan: node, run: () => runner.run().finally(close) });
    } else {
      const log = new DeliveryLog(logger, scope.container.get<Clock>(Clock.id));
      const runner = new ExporterRunner(instance as ExporterNode, inbox, counters, log, signal);
      exporters.push(runner);
      consumers.push({ plan: node, run: () => runner.run() });
    }
  }
  return { receivers, consumers, exporters, channels: wiring.channels, capabilities: allCapabilities };
}

function createNode(
  node: NodePlan,
  environment: NodeEnvironment,
  capabilities: Capabilities,
  outputs: NodeOutputs,
  observer: SendObserver,
): object {
  const { scope, signal } = environment;
  const container = new Container({ parent: scope.container });
  try {
    const logger = scope.logger.child({ node: node.id });
    const clock = scope.container.get<Clock>(Clock.id);
    const effects = { node: node.id, logger, clock, signal, capabilities, outputs, observer };
    container.bind(CONFIG).toConstantValue(node.config);
    container.bind(Logger.id).toConstantValue(logger);
    container.bind(EffectHandler.id).toConstantValue(new NodeEffectHandler(effects));
    container.bind(node.componentClass).toSelf().inSingletonScope();
    checkInjections(node.componentClass, container);
    return container.get<object>(node.componentClass);
  } catch (cause) {
    throw pipelineErrors.creationFailed(scope.name, node, cause);
  }
}

const countsReceived = (counters: PipelineCounters): SendObserver => ({
  sent: (items) => {
    counters.received += items;
  },
  refused: (items) => {
    counters.dropped += items;
  },
});

const countsRefused = (counters: PipelineCounters): SendObserver => ({
  sent: () => {},
  refused: (items) => {
    counters.dropped += items;
  },
});

/**
 * The channels of a pipeline. Each consumer has one queue that all its senders share; destinations that compete
 * (`one_of`) share one more, so that a slow one holds only what it works on.
 */
class Wiring {
  readonly channels: Channel[] = [];
  readonly #inboxes = new Map<string, Inbox>();
  readonly #own = new Map<string, Channel>();
  readonly #outputs = new Map<string, Map<string | undefined, Channel>>();
  readonly #capacity: number;

  constructor(plan: PipelinePlan) {
    this.#capacity = plan.channelCapacity;
    for (const edge of plan.edges) {
      const [only, ...others] = edge.to;
      const channel = others.length === 0 ? this.#queueOf(only as string) : this.#channel();
      for (const id of edge.to) this.inbox(id).add(channel);
      channel.open();
      const outputs = this.#outputs.get(edge.from) ?? new Map<string | undefined, Channel>();
      this.#outputs.set(edge.from, outputs.set(edge.output, channel));
    }
  }

  inbox(id: string): Inbox {
    const inbox = this.#inboxes.get(id) ?? new Inbox();
    this.#inboxes.set(id, inbox);
    return inbox;
  }

  outputs(node: NodePlan): NodeOutputs {
    const outputs = this.#outputs.get(node.id) ?? new Map<string | undefined, Channel>();
    const byName = new Map<string, Channel>();
    for (const [name, channel] of outputs) if (name !== undefined) byName.set(name, channel);
    const [only] = outputs.size === 1 ? outputs.values() : [];
    return { byName, default: outputs.get(node.defaultOutput) ?? only };
  }

  closeOutputs(id: string): void {
    for (const channel of this.#outputs.get(id)?.values() ?? []) channel.close();
  }

  #queueOf(id: string): Channel {
    const channel = this.#own.get(id) ?? this.#channel();
    this.#own.set(id, channel);
    return channel;
  }

  #channel(): Channel {
    const channel = new Channel(this.#capacity);
    this.channels.push(channel);
    return channel;
  }
}
