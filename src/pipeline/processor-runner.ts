import type { Logger } from '../extension/logger.js';
import type { ProcessorNode } from './contracts.js';
import type { Inbox } from './inbox.js';
import type { PipelineMessage } from './message.js';
import { Nack } from './nack.js';
import type { PipelineCounters } from './summary.js';

/** Gives messages to one processor, one at a time. */
export class ProcessorRunner {
  readonly #node: ProcessorNode;
  readonly #inbox: Inbox;
  readonly #counters: PipelineCounters;
  readonly #logger: Logger;

  constructor(node: ProcessorNode, inbox: Inbox, counters: PipelineCounters, logger: Logger) {
    this.#node = node;
    this.#inbox = inbox;
    this.#counters = counters;
    this.#logger = logger;
  }

  /** Resolves when no more messages will come and what was held back is sent. */
  async run(): Promise<void> {
    for (;;) {
      const message = this.#inbox.tryTake() ?? (await this.#inbox.take());
      if (message === undefined) break;
      try {
        await this.#node.process(message);
      } catch (error) {
        this.#refuse(message, error);
      }
    }
    await this.#node.flush?.();
  }

  #refuse(message: PipelineMessage, error: unknown): void {
    // A nack is an outcome that the pipeline knows; anything else is a defect of the processor.
    if (!(error instanceof Nack)) this.#logger.error('the processor failed; the data is refused', { error });
    // What the processor had sent on and was refused there has been counted there.
    if (!message.settled) this.#counters.failed += message.pdata.itemCount;
    message.nack(Nack.from(error));
  }
}
