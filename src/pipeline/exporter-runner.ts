import { Places } from '../otlp/places.js';
import type { ExporterNode } from './contracts.js';
import type { DeliveryLog } from './delivery-log.js';
import type { Inbox } from './inbox.js';
import type { PipelineMessage } from './message.js';
import { Nack } from './nack.js';
import type { PipelineCounters } from './summary.js';

/** Takes messages for one exporter, keeps as many exports running as it allows, and reports their outcomes. */
export class ExporterRunner {
  readonly #node: ExporterNode;
  readonly #inbox: Inbox;
  readonly #counters: PipelineCounters;
  readonly #signal: AbortSignal;
  readonly #log: DeliveryLog;
  readonly #inFlight = new Places<PipelineMessage>();
  #slotFreed: (() => void) | undefined;

  /** @param signal aborts when running exports must give up */
  constructor(
    node: ExporterNode,
    inbox: Inbox,
    counters: PipelineCounters,
    log: DeliveryLog,
    signal: AbortSignal,
  ) {
    this.#node = node;
    this.#inbox = inbox;
    this.#counters = counters;
    this.#log = log;
    this.#signal = signal;
  }

  /** Resolves when no more messages will come and the last export has ended. */
  async run(): Promise<void> {
    const limit = Math.max(1, this.#node.maxInFlight ?? 1);
    for (;;) {
      while (this.#inFlight.size >= limit) await this.#slot();
      const message = this.#inbox.tryTake() ?? (await this.#inbox.take());
      if (message === undefined) break;
      void this.#export(message, this.#inFlight.add(message));
    }
    while (this.#inFlight.size > 0) await this.#slot();
    this.#log.close();
    await this.#node.shutdown?.();
  }

  /** Gives up the exports that did not even end when they were told to. */
  abandon(reason: Nack): void {
    for (const [place, message] of this.#inFlight.entries()) {
      this.#inFlight.remove(place, message);
      this.#counters.dropped += message.pdata.itemCount;
      this.#log.failed(message.pdata.itemCount, reason);
      message.nack(reason);
    }
    this.#log.close();
  }

  async #export(message: PipelineMessage, place: number): Promise<void> {
    const { pdata } = message;
    try {
      const partial = await this.#node.export(pdata, this.#signal);
      if (!this.#inFlight.remove(place, message)) return;
      // The other side may have rejected more than is counted here: items of a kind that this schema does not know.
      const reported = partial?.rejectedItems ?? 0;
      const rejected = Math.min(reported, pdata.itemCount);
      this.#counters.exported += pdata.itemCount - rejected;
      this.#counters.failed += rejected;
      if (partial !== undefined && reported > 0) this.#log.failed(rejected, Nack.permanent(partial.reason));
      else this.#log.delivered();
      message.ack();
    } catch (error) {
      if (!this.#inFlight.remove(place, message)) return;
      const reason = Nack.from(error);
      if (this.#signal.aborted) this.#counters.dropped += pdata.itemCount;
      else this.#counters.failed += pdata.itemCount;
      this.#log.failed(pdata.itemCount, reason, error);
      message.nack(reason);
    } finally {
      this.#slotFreed?.();
      this.#slotFreed = undefined;
    }
  }

  #slot(): Promise<void> {
    return new Promise((resolve) => {
      this.#slotFreed = resolve;
    });
  }
}
