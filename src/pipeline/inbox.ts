import type { Channel, Taker } from './channel.js';
import type { PipelineMessage } from './message.js';

/** All channels that lead to one node, taken from in turn. One waits for it at a time. */
export class Inbox implements Taker {
  readonly #channels: Channel[] = [];
  #next = 0;
  /** Handed over by a channel that was waited for, and not taken yet. */
  #offered: PipelineMessage | undefined;
  #wake: (() => void) | undefined;

  add(channel: Channel): void {
    if (!this.#channels.includes(channel)) this.#channels.push(channel);
  }

  /** The next message, if one is there. */
  tryTake(): PipelineMessage | undefined {
    const offered = this.#offered;
    if (offered !== undefined) {
      this.#offered = undefined;
      return offered;
    }
    const count = this.#channels.length;
    for (let tried = 0; tried < count; tried++) {
      const channel = this.#channels[this.#next] as Channel;
      this.#next = (this.#next + 1) % count;
      const message = channel.tryTake();
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Nothing is there and nothing will come. */
  get finished(): boolean {
    return this.#offered === undefined && this.#channels.every((channel) => channel.finished);
  }

  /** Calls `wake` once when a message is there or no more will come. Ask whether that is so already before. */
  wait(wake: () => void): void {
    this.#wake = wake;
    for (const channel of this.#channels) channel.wait(this);
  }

  /** The next message; `undefined` when no more will come. */
  take(): Promise<PipelineMessage | undefined> {
    const message = this.tryTake();
    if (message !== undefined || this.finished) return Promise.resolve(message);
    return new Promise((resolve) => this.wait(() => resolve(this.tryTake())));
  }

  offer(message: PipelineMessage): void {
    this.#offered = message;
    this.#endWait();
  }

  closed(): void {
    if (this.finished) this.#endWait();
  }

  #endWait(): void {
    for (const channel of this.#channels) channel.leave(this);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
