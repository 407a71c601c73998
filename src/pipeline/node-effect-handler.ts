import type { Capabilities } from '../extension/capabilities.js';
import type { Clock } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { Pdata } from '../pdata/pdata.js';
import type { ExtensionTrait } from '../traits/trait.js';
import type { Channel } from './channel.js';
import { noCompletion } from './completion.js';
import type { EffectHandler, SendOptions } from './effect-handler.js';
import { PipelineMessage } from './message.js';
import { Nack } from './nack.js';

/** Where a node's messages go. */
export interface NodeOutputs {
  readonly byName: ReadonlyMap<string, Channel>;
  /** Where a message without an output name goes. */
  readonly default: Channel | undefined;
}

/** Told of what a node sends, in items. */
export interface SendObserver {
  sent(items: number): void;
  /** What was sent could not be queued. */
  refused(items: number): void;
}

export interface NodeEffects {
  readonly node: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly capabilities: Capabilities;
  readonly outputs: NodeOutputs;
  readonly observer: SendObserver;
}

/** The effect handler of a node in a running pipeline. */
export class NodeEffectHandler implements EffectHandler {
  readonly node: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly #capabilities: Capabilities;
  readonly #outputs: NodeOutputs;
  readonly #observer: SendObserver;

  constructor(effects: NodeEffects) {
    this.node = effects.node;
    this.logger = effects.logger;
    this.clock = effects.clock;
    this.signal = effects.signal;
    this.#capabilities = effects.capabilities;
    this.#outputs = effects.outputs;
    this.#observer = effects.observer;
  }

  getExtension<T>(trait: ExtensionTrait<T>, name?: string): T {
    return this.#capabilities.getExtension(trait, name);
  }

  findExtension<T>(trait: ExtensionTrait<T>): T | undefined {
    return this.#capabilities.findExtension(trait);
  }

  async send(pdata: Pdata, options: SendOptions = {}): Promise<void> {
    const message = new PipelineMessage(pdata, options.completion ?? noCompletion);
    try {
      const queued = this.#channel(options.output).send(message);
      // Counted before it waits, so that nothing downstream is counted before it was received.
      this.#observer.sent(pdata.itemCount);
      if (queued !== undefined) await queued;
    } catch (error) {
      const nack = Nack.from(error);
      this.#observer.refused(pdata.itemCount);
      message.nack(nack);
      throw nack;
    }
  }

  trySend(pdata: Pdata, options?: SendOptions): boolean {
    // Before anything is done, for counting throws when the data is malformed.
    const items = pdata.itemCount;
    const channel = this.#find(options?.output);
    if (channel?.trySend(new PipelineMessage(pdata, options?.completion ?? noCompletion)) !== true)
      return false;
    this.#observer.sent(items);
    return true;
  }

  deliver(pdata: Pdata, output?: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const completion = { ack: resolve, nack: reject };
      // A message that cannot be queued tells its completion, which rejects this promise.
      this.send(pdata, output === undefined ? { completion } : { completion, output }).catch(() => {});
    });
  }

  #find(output: string | undefined): Channel | undefined {
    return output === undefined ? this.#outputs.default : this.#outputs.byName.get(output);
  }

  #channel(output: string | undefined): Channel {
    const channel = this.#find(output);
    if (channel !== undefined) return channel;
    const which = output === undefined ? 'an output of its own' : `an output '${output}'`;
    const known = [...this.#outputs.byName.keys()].map((name) => `'${name}'`).join(', ') || 'none';
    throw Nack.permanent(
      `node '${this.node}' sends to ${which} that no connection leaves; connected are: ${known}`,
    );
  }
}
