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
  #timer: Timer | undefined;
  /** Batches leave one after the other, whoever let them go; each waits for the one before it. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    @config() private readonly settings: BatchProcessorSettings,
    @inject(EffectHandler) private readonly effect: EffectHandler,
  ) {
    this.#limits = batchLimits(settings.otlp);
    this.#open = new OpenBatches(this.#limits, settings.open_batch_limit);
    this.#inbound = new Slots(settings.inbound_request_limit);
    this.#outbound = new Slots(settings.outbound_request_limit, () => void this.#sendWhenStuck());
  }

  async process(message: Message): Promise<void> {
    const { pdata } = message;
    // Counting walks the framing, and throws here rather than let a malformed request spoil a whole batch.
    void pdata.itemCount;
    if (!(await this.#inbound.take(this.effect.signal))) throw stopped();
    const completion = this.#inbound.releasedBy(message);
    const inTheWay = this.#open.inTheWayOf(pdata);
    if (inTheWay !== undefined) await this.#send(inTheWay, 'due');
    const pending = this.#open.of(pdata);
    pending.add({ pdata, completion }, this.effect.clock.now() + this.settings.max_batch_duration);
    if (this.settings.max_batch_duration === 0) await this.#send(pending, 'due');
    else if (pending.isFull) await this.#send(pending, 'full');
    await this.#sendWhenStuck();
    this.#arm();
  }

  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#sendAll();
  }

  /**
   * When every place is taken by what is held back, nothing more can come in that would be worth waiting for. While
   * batches are still under way, their outcomes make room, and sending early would only make batches small.
   */
  async #sendWhenStuck(): Promise<void> {
    if (this.#inbound.exhausted && this.#outbound.unused) await this.#sendAll();
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
      const admitted = await this.#outbound.take(this.effect.signal);
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
    const last = batches.at(-1);
    const { sizer, full } = this.#limits;
    // What splitting left over is first in line for the next batch, unless its time has come.
    if (cause === 'full' && last !== undefined && batches.length > 1 && sizeOf(last.pdata, sizer) < full) {
      batches.pop();
      pending.add(last, this.effect.clock.now() + this.settings.max_batch_duration);
    }
    return batches;
  }
}

const stopped = (): Nack => Nack.retryable('the pipeline is being stopped by force');
