import {
  type Completion,
  config,
  EffectHandler,
  inject,
  KeyValueStore,
  type Message,
  Nack,
  type Pdata,
  Processor,
  type ProcessorNode,
  reasonOf,
  selectItems,
  splitCompletion,
} from '../../authoring.js';
import { DedupProcessorConfig, type DedupProcessorSettings } from './config.js';
import { Gate } from './gate.js';
import { type Claim, type Delivery, InFlight } from './in-flight.js';
import { Patience } from './patience.js';
import { RecentRecords } from './recent-records.js';
import { RecordIdentity } from './record-identity.js';
import { RememberedRecords } from './remembered-records.js';
import { StoreOutage } from './store-outage.js';
import { Sweeper } from './sweeper.js';

/** Nothing more is taken while repeats of this size wait for what became of the first. */
const MOST_WAITING_BYTES = 16 * 1_024 * 1_024;

/** Nor, for a moment, while so many delivered records wait to be written to the store. */
const MOST_UNWRITTEN = 50_000;

/** How long that moment is, in milliseconds: a store that stalls is not to stop the pipeline. */
const WRITING_MS = 2_000;

/** How long the store may take to answer, in milliseconds. */
const ANSWER_MS = 5_000;

const nothing: ReadonlySet<string> = new Set();

/**
 * Drops log records that were delivered before. A record counts as seen when it was acked downstream, and not before:
 * one that was refused and comes again is no repeat.
 */
@Processor({
  urn: 'urn:otel:processor:dedup',
  description: 'Drops log records that were delivered before within a window, also before a restart.',
  config: DedupProcessorConfig,
  requires: [KeyValueStore],
})
export class DedupProcessor implements ProcessorNode {
  readonly #settings: DedupProcessorSettings;
  readonly #effect: EffectHandler;
  readonly #identity: RecordIdentity;
  readonly #recent: RecentRecords;
  readonly #remembered: RememberedRecords;
  readonly #inFlight = new InFlight();
  readonly #outage: StoreOutage;
  readonly #sweeper: Sweeper;
  readonly #patience: Patience;
  readonly #repeatsGate: Gate;
  readonly #writesGate: Gate;
  #unwritten = 0;
  /** Whether writes have been waited for in vain, and there is still no room for more. */
  #stalled = false;
  #flushed = false;
  #dropped = 0;

  constructor(@config() settings: DedupProcessorSettings, @inject(EffectHandler) effect: EffectHandler) {
    const { clock, logger, signal } = effect;
    this.#settings = settings;
    this.#effect = effect;
    this.#identity = new RecordIdentity(settings.identity);
    this.#recent = new RecentRecords(settings.window, settings.memory_records);
    this.#remembered = new RememberedRecords(effect.getExtension(KeyValueStore), clock, settings.window);
    this.#outage = new StoreOutage(logger, clock, settings.on_store_error);
    this.#sweeper = new Sweeper(clock, settings.window, () => this.#sweep());
    this.#patience = new Patience(clock, ANSWER_MS);
    this.#repeatsGate = new Gate(() => this.#inFlight.waitingBytes <= MOST_WAITING_BYTES, clock, signal);
    this.#writesGate = new Gate(() => this.#unwritten <= MOST_UNWRITTEN, clock, signal);
  }

  async process(message: Message): Promise<void> {
    const { pdata } = message;
    const identities = pdata.signal === 'logs' ? this.#identitiesOf(pdata) : [];
    if (identities.length === 0) {
      await this.#effect.send(pdata, { completion: message });
      return;
    }
    await this.#waitForRoom();
    const remembered = await this.#lookUp(identities);
    await this.#admit({ pdata, identities, completion: message }, remembered);
    this.#sweeper.arm();
  }

  /** What is still on its way is remembered when it arrives: the store lives longer than this node. */
  async flush(): Promise<void> {
    this.#sweeper.stop();
    this.#tellDropped();
    this.#flushed = true;
    if (this.#unwritten === 0) this.#outage.close();
  }

  async #waitForRoom(): Promise<void> {
    await this.#repeatsGate.open();
    if (!this.#stalled) this.#stalled = !(await this.#writesGate.open(WRITING_MS));
    if (this.#effect.signal.aborted) throw Nack.retryable('the pipeline is being stopped by force');
    if (!this.#stalled || this.#settings.on_store_error === 'pass') return;
    this.#outage.failed('writing', tooManyUnwritten());
    throw Nack.retryable(`delivered records cannot be remembered: ${tooManyUnwritten().message}`);
  }

  #identitiesOf(pdata: Pdata): string[] {
    try {
      return this.#identity.of(pdata);
    } catch (error) {
      throw Nack.permanent(reasonOf(error), { cause: error });
    }
  }

  /** Which of the records the store remembers, as far as it must be asked. */
  async #lookUp(identities: readonly string[]): Promise<ReadonlySet<string>> {
    const now = this.#effect.clock.now();
    const unknown = new Set(
      identities.filter(
        (identity) => !this.#recent.has(identity, now) && this.#inFlight.find(identity) === undefined,
      ),
    );
    if (unknown.size === 0) return nothing;
    try {
      const remembered = await this.#patience.wait(() => this.#remembered.which([...unknown]));
      this.#outage.worked('asking');
      return remembered;
    } catch (error) {
      this.#outage.failed('asking', error);
      if (this.#settings.on_store_error === 'pass') return nothing;
      throw Nack.retryable(`repeated records cannot be told: ${reasonOf(error)}`, { cause: error });
    }
  }

  /**
   * Sends on what is new, drops what was delivered, and lets wait what is on its way. Decides all of it at once, so
   * that nothing changes in between. Never rejects: whoever waits is told.
   */
  async #admit(delivery: Delivery, remembered: ReadonlySet<string>): Promise<void> {
    const { identities, completion } = delivery;
    const now = this.#effect.clock.now();
    const fresh = new Map<string, number>();
    const waiting = new Map<Claim, Set<number>>();
    for (const [index, identity] of identities.entries()) {
      const claim = this.#inFlight.find(identity);
      if (claim !== undefined) {
        const repeats = waiting.get(claim) ?? new Set();
        waiting.set(claim, repeats.add(index));
      } else if (fresh.has(identity) || remembered.has(identity) || this.#recent.has(identity, now)) {
        this.#dropped += 1;
      } else {
        fresh.set(identity, index);
      }
    }
    const parts = (fresh.size > 0 ? 1 : 0) + waiting.size;
    if (parts === 0) {
      completion.ack();
      return;
    }
    const outcomes = splitCompletion(completion, parts);
    for (const [claim, repeats] of waiting) {
      const part = partOf(delivery, repeats, outcomes.pop());
      if (part !== undefined) this.#inFlight.wait(claim, part);
    }
    const part = partOf(delivery, new Set(fresh.values()), outcomes.pop());
    if (part !== undefined) await this.#send(part);
  }

  async #send({ pdata, identities, completion }: Delivery): Promise<void> {
    const claim = this.#inFlight.claim(identities);
    const outcome = once({
      ack: () => this.#delivered(claim, completion),
      nack: (reason) => this.#refused(claim, completion, reason),
    });
    try {
      await this.#effect.send(pdata, { completion: outcome });
    } catch (error) {
      outcome.nack(Nack.from(error));
    }
  }

  #delivered(claim: Claim, completion: Completion): void {
    const now = this.#effect.clock.now();
    for (const identity of claim.identities) this.#recent.add(identity, now);
    const repeats = this.#inFlight.release(claim);
    void this.#remember(claim.identities);
    completion.ack();
    for (const repeat of repeats) {
      this.#dropped += repeat.identities.length;
      repeat.completion.ack();
    }
    this.#repeatsGate.check();
  }

  /** The first of the repeats that waited takes its place; the rest wait for that one. */
  #refused(claim: Claim, completion: Completion, reason: Nack): void {
    const repeats = this.#inFlight.release(claim);
    completion.nack(reason);
    for (const repeat of repeats) void this.#admit(repeat, nothing);
    this.#repeatsGate.check();
  }

  /** Never rejects. What the store does not take is remembered in memory alone. */
  async #remember(identities: readonly string[]): Promise<void> {
    if (this.#stalled) {
      this.#outage.failed('writing', tooManyUnwritten(), identities.length);
      return;
    }
    this.#unwritten += identities.length;
    try {
      await this.#remembered.remember(identities);
      this.#outage.worked('writing');
    } catch (error) {
      this.#outage.failed('writing', error, identities.length);
    }
    this.#unwritten -= identities.length;
    if (this.#unwritten <= MOST_UNWRITTEN) this.#stalled = false;
    this.#writesGate.check();
    if (this.#flushed && this.#unwritten === 0) this.#outage.close();
  }

  async #sweep(): Promise<void> {
    this.#tellDropped();
    const { clock, signal } = this.#effect;
    try {
      await this.#remembered.sweep((identity) => this.#recent.has(identity, clock.now()), signal);
      this.#outage.worked('sweeping');
    } catch (error) {
      if (!signal.aborted) this.#outage.failed('sweeping', error);
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#effect.logger.info('repeated log records were dropped', { records: this.#dropped });
    this.#dropped = 0;
  }
}

/** The records of these numbers, with a part of the outcome; `undefined` when there is no part for them. */
function partOf(
  { pdata, identities }: Delivery,
  numbers: ReadonlySet<number>,
  completion: Completion | undefined,
): Delivery | undefined {
  const selected = completion && selectItems(pdata, (number) => numbers.has(number));
  if (completion === undefined || selected === undefined) return undefined;
  return { pdata: selected, identities: identities.filter((_, number) => numbers.has(number)), completion };
}

const tooManyUnwritten = (): Error =>
  new Error(`${MOST_UNWRITTEN} delivered records wait to be written, and the store takes none`);

/** A completion that passes on the first outcome that it is told. */
function once(completion: Completion): Completion {
  let told = false;
  const tell = (outcome: () => void): void => {
    if (told) return;
    told = true;
    outcome();
  };
  return {
    ack: () => tell(() => completion.ack()),
    nack: (reason) => tell(() => completion.nack(reason)),
  };
}
