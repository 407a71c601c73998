import type { Logger } from '../extension/logger.js';
import type { ProcessorNode } from './contracts.js';
import type { Inbox } from './inbox.js';
import type { PipelineMessage } from './message.js';
import { Nack } from './nack.js';
import type { PipelineCounters } from './summary.js';

const TURN = Promise.resolve();

/** Gives messages to one processor, one at a time. */
export class ProcessorRunner {
  readonly #node: ProcessorNode;
  readonly #inbox: Inbox;
  readonly #counters: PipelineCounters;
  readonly #logger: Logger;
  readonly #allTaken = Promise.withResolvers<void>();

  constructor(node: ProcessorNode, inbox: Inbox, counters: PipelineCounters, logger: Logger) {
    this.#node = node;
    this.#inbox = inbox;
    this.#counters = counters;
    this.#logger = logger;
  }

  /** Resolves when no more messages will come and what was held back is sent. */
  async run(): Promise<void> {
    this.#work();
    await this.#allTaken.promise;
    await this.#node.flush?.();
  }

  /**
   * Gives the processor all that is there. While it takes messages at once this makes no promise for any of them: there may
   * be ten thousand a second.
   */
  readonly #work = (): void => {
    try {
      for (let message = this.#inbox.tryTake(); message !== undefined; message = this.#inbox.tryTake()) {
        const busy = this.#process(message);
        if (busy === undefined) continue;
        void busy.then(this.#work, this.#allTaken.reject);
        return;
      }
      if (this.#inbox.finished) this.#allTaken.resolve();
      else this.#inbox.wait(this.#wake);
    } catch (error) {
      this.#allTaken.reject(error);
    }
  };

  /** In a turn of its own, so that a sender goes on before what it sent does. */
  readonly #wake = (): void => {
    void TURN.then(this.#work);
  };

  /** @returns nothing when the processor has taken the message already, else a promise for when it has */
  #process(message: PipelineMessage): Promise<void> | undefined {
    try {
      const taken = this.#node.process(message);
      return taken === undefined ? undefined : this.#untilTaken(message, taken);
    } catch (error) {
      this.#refuse(message, error);
      return undefined;
    }
  }

  async #untilTaken(message: PipelineMessage, taken: Promise<void>): Promise<void> {
    try {
      await taken;
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  #refuse(message: PipelineMessage, error: unknown): void {
    // A nack is an outcome that the pipeline knows; anything else is a defect of the processor.
    if (!(error instanceof Nack)) this.#logger.error('the processor failed; the data is refused', { error });
    // What the processor had sent on and was refused there has been counted there.
    if (!message.settled) this.#counters.failed += message.pdata.itemCount;
    message.nack(Nack.from(error));
  }
}
