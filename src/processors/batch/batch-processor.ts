import {
  config,
  EffectHandler,
  inject,
  type Message,
  Nack,
  Processor,
  type ProcessorNode,
  type Timer,
} from '../../authoring.js';
import { BatchProcessorConfig, type BatchProcessorSettings } from './config.js';
import { type BatchLimits, batchLimits, sizeOf } from './limits.js';
import { OpenBatches } from './open-batches.js';
import { OversizeLog } from './oversize-log.js';
import { makeBatches, type Parcel } from './parcel.js';
import type { Pending } from './pending.js';
import { Slots } from './slots.js';

/** Why what is held is sent: there is enough of it, or nothing more may be waited for. */
type Cause = 'full' | 'due';

/**
 * Merges requests into batches, one signal and one metadata to a batch, and splits what is too big. Every request hears of its
 * outcome when all batches that hold a part of it have reported.
 */
@Processor({
  urn: 'urn:otel:processor:batch',
  description: 'Merges requests into batches of a wanted size and splits what is too big.',
  config: BatchProcessorConfig,
})
export class BatchProcessor implements ProcessorNode {
  readonly #limits: BatchLimits;
  readonly #open: OpenBatches;
  readonly #inbound: Slots;
  readonly #outbound: Slots;
  readonly #oversize: OversizeLog;
  #timer: Timer | undefined;
  /** Batches leave one after the other, whoever let them go; each waits for the one before it. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    @config() private readonly settings: BatchProcessorSettings,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {
    this.#limits = batchLimits(settings.otlp);
    this.#open = new OpenBatches(this.#limits, settings.open_batch_limit);
    this.#oversize = new OversizeLog(effect.logger, effect.clock, this.#limits);
    this.#inbound = new Slots(settings.inbound_request_limit);
    this.#outbound = new Slots(settings.outbound_request_limit, () => {
      if (this.#isStuck) void this.#sendAll();
    });
  }

  /** Waits, and makes a promise, only when there is no place or something has to be sent. */
  process(message: Message): void | Promise<void> {
    // Counting walks the framing, and throws here rather than let a malformed request spoil a whole batch.
    void message.pdata.itemCount;
    return this.#inbound.tryTake() ? this.#hold(message) : this.#holdLater(message);
  }

  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#sendAll();
  }

  async #holdLater(message: Message): Promise<void> {
    if (!(await this.#inbound.take(this.effect.signal))) throw stopped();
    await this.#hold(message);
  }

  /** A place has been taken for the message. */
  #hold(message: Message): void | Promise<void> {
    const inTheWay = this.#open.inTheWayOf(message.pdata);
    if (inTheWay !== undefined) return this.#send(inTheWay, 'due').then(() => this.#add(message));
    return this.#add(message);
  }

  #add(message: Message): void | Promise<void> {
    const { pdata } = message;
    const pending = this.#open.of(pdata);
    pending.add({ pdata, completion: this.#inbound.releasedBy(message) }, this.#deadlineFor(pending));
    const cause = this.settings.max_batch_duration === 0 ? 'due' : pending.isFull ? 'full' : undefined;
    if (cause !== undefined || this.#isStuck) return this.#sendAfterAdding(pending, cause);
    this.#arm();
  }

  async #sendAfterAdding(pending: Pending, cause: Cause | undefined): Promise<void> {
    if (cause !== undefined) await this.#send(pending, cause);
    await this.#sendWhenStuck();
    this.#arm();
  }

  /** When what is added now must go, if it is the oldest; otherwise nobody asks. */
  #deadlineFor(pending: Pending): number {
    return pending.isEmpty ? this.effect.clock.now() + this.settings.max_batch_duration : pending.deadline;
  }

  /**
   * When every place is taken by what is held back, nothing more can come in that would be worth waiting for. While
   * batches are still under way, their outcomes make room, and sending early would only make batches small.
   */
  get #isStuck(): boolean {
    return this.#inbound.exhausted && this.#outbound.unused;
  }

  async #sendWhenStuck(): Promise<void> {
    if (this.#isStuck) await this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    for (const pending of [...this.#open]) await this.#send(pending, 'due');
  }

  /** One timer for all batches, set for the oldest data. It is left running when that data leaves early. */
  #arm(): void {
    if (this.#timer !== undefined) return;
    const { deadline } = this.#open;
    if (deadline === Number.POSITIVE_INFINITY) return;
    this.#timer = this.effect.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.#sendDue();
    }, deadline - this.effect.clock.now());
  }

  async #sendDue(): Promise<void> {
    const now = this.effect.clock.now();
    for (const pending of [...this.#open]) {
      if (pending.deadline <= now) await this.#send(pending, 'due');
    }
    this.#arm();
  }

  /** Never rejects: what cannot be sent is nacked. */
  #send(pending: Pending, cause: Cause): Promise<void> {
    this.#turn = this.#turn.then(() => this.#sendHeld(pending, cause));
    return this.#turn;
  }

  async #sendHeld(pending: Pending, cause: Cause): Promise<void> {
    // An earlier turn may have taken what this one was called for.
    if (pending.isEmpty || (cause === 'full' && !pending.isFull)) return;
    const batches = this.#takeBatches(pending, cause);
    this.#open.settle(pending);
    for (const { pdata, completion } of batches) {
      // When the wait is cut short by a forced stop, sending refuses the batch and counts it.
      const admitted = this.#outbound.tryTake() || (await this.#outbound.take(this.effect.signal));
      const outcome = admitted ? this.#outbound.releasedBy(completion) : completion;
      try {
        await this.effect.send(pdata, { completion: outcome });
      } catch (error) {
        outcome.nack(Nack.from(error));
      }
    }
  }

  #takeBatches(pending: Pending, cause: Cause): readonly Parcel[] {
    const requests = pending.take();
    let batches: Parcel[];
    try {
      batches = makeBatches(requests, this.#limits);
    } catch (error) {
      this.effect.logger.error('a batch could not be made; its data is refused', { error });
      for (const { completion } of requests) completion.nack(Nack.from(error));
      return [];
    }
    this.#oversize.see(batches);
    const last = batches.at(-1);
    const { sizer, full } = this.#limits;
    // What splitting left over is first in line for the next batch, unless its time has come.
    if (cause === 'full' && last !== undefined && batches.length > 1 && sizeOf(last.pdata, sizer) < full) {
      batches.pop();
      pending.add(last, this.#deadlineFor(pending));
    }
    return batches;
  }
}

const stopped = (): Nack => Nack.retryable('the pipeline is being stopped by force');
