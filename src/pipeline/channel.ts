import type { PipelineMessage } from './message.js';
import type { Nack } from './nack.js';

/** Takes messages from channels: one consumer's side. */
export interface Taker {
  /** Hands over a message that was waited for. */
  offer(message: PipelineMessage): void;
  /** A channel that was waited for has closed. */
  closed(): void;
}

interface WaitingSender {
  readonly message: PipelineMessage;
  readonly resolve: () => void;
  readonly reject: (reason: Nack) => void;
}

/**
 * A bounded queue between nodes. Any number of senders and takers; takers that wait are served in turn, so that
 * several of them compete fairly (`dispatch: one_of`). A full queue makes its senders wait.
 */
export class Channel {
  readonly #capacity: number;
  readonly #ring: (PipelineMessage | undefined)[];
  #head = 0;
  #length = 0;
  readonly #senders: WaitingSender[] = [];
  /** In the order in which they began to wait. A list, because there are few, and they come and go with each message. */
  readonly #takers: Taker[] = [];
  #openSenders = 0;
  #aborted: Nack | undefined;

  /** @param capacity how many messages it holds, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ring = new Array<PipelineMessage | undefined>(capacity);
  }

  /** Messages that are waiting in it. */
  get length(): number {
    return this.#length;
  }

  /** Nothing is in it and nothing will come. */
  get finished(): boolean {
    return this.#length === 0 && this.#openSenders === 0;
  }

  /** Announces a sender; the channel closes when all of them have closed. */
  open(): void {
    this.#openSenders += 1;
  }

  /** A sender has sent its last message. */
  close(): void {
    if (this.#aborted !== undefined) return;
    this.#openSenders -= 1;
    if (this.#openSenders === 0) this.#wakeAll();
  }

  /**
   * Queues a message.
   *
   * @returns nothing when it is queued already, else a promise for when it is
   * @throws Nack (by rejection) when the channel was aborted
   */
  send(message: PipelineMessage): Promise<void> | undefined {
    if (this.#aborted !== undefined) return Promise.reject(this.#aborted);
    if (this.trySend(message)) return undefined;
    return new Promise((resolve, reject) => {
      this.#senders.push({ message, resolve, reject });
    });
  }

  /** Queues a message if there is room for it, and the channel was not aborted. */
  trySend(message: PipelineMessage): boolean {
    if (this.#aborted !== undefined) return false;
    const taker = this.#takers[0];
    if (taker !== undefined) taker.offer(message);
    else if (this.#length < this.#capacity) this.#push(message);
    else return false;
    return true;
  }

  /** The next message, if one is there. */
  tryTake(): PipelineMessage | undefined {
    if (this.#length === 0) return undefined;
    const message = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#capacity;
    this.#length -= 1;
    const sender = this.#senders.shift();
    if (sender !== undefined) {
      this.#push(sender.message);
      sender.resolve();
    }
    return message;
  }

  /** Puts a taker at the end of the line for the next message. */
  wait(taker: Taker): void {
    if (!this.#takers.includes(taker)) this.#takers.push(taker);
  }

  /** Takes a taker out of the line. */
  leave(taker: Taker): void {
    const at = this.#takers.indexOf(taker);
    if (at === 0) this.#takers.shift();
    else if (at > 0) this.#takers.splice(at, 1);
  }

  /**
   * Empties the channel for good: later sends are refused with `reason`, and so are those that wait.
   *
   * @returns the messages that were in it, theirs to nack who aborts
   */
  abort(reason: Nack): readonly PipelineMessage[] {
    this.#aborted = reason;
    const abandoned: PipelineMessage[] = [];
    const senders = this.#senders.splice(0);
    for (let message = this.tryTake(); message !== undefined; message = this.tryTake())
      abandoned.push(message);
    for (const sender of senders) sender.reject(reason);
    this.#openSenders = 0;
    this.#wakeAll();
    return abandoned;
  }

  #wakeAll(): void {
    for (const taker of [...this.#takers]) taker.closed();
  }

  #push(message: PipelineMessage): void {
    this.#ring[(this.#head + this.#length) % this.#capacity] = message;
    this.#length += 1;
  }
}
