import type { Channel, Taker } from './channel.js';
import type { PipelineMessage } from './message.js';

/** All channels that lead to one node, taken from in turn. One `take` at a time. */
export class Inbox implements Taker {
  readonly #channels: Channel[] = [];
  #next = 0;
  #waiting: ((message: PipelineMessage | undefined) => void) | undefined;

  add(channel: Channel): void {
    if (!this.#channels.includes(channel)) this.#channels.push(channel);
  }

  /** The next message, if one is there. */
  tryTake(): PipelineMessage | undefined {
    const count = this.#channels.length;
    for (let tried = 0; tried < count; tried++) {
      const channel = this.#channels[this.#next] as Channel;
      this.#next = (this.#next + 1) % count;
      const message = channel.tryTake();
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** The next message; `undefined` when no more will come. */
  take(): Promise<PipelineMessage | undefined> {
    const message = this.tryTake();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#finished) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      for (const channel of this.#channels) channel.wait(this);
    });
  }

  offer(message: PipelineMessage): void {
    this.#resolve(message);
  }

  closed(): void {
    if (this.#finished) this.#resolve(undefined);
  }

  #resolve(message: PipelineMessage | undefined): void {
    for (const channel of this.#channels) channel.leave(this);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(message);
  }

  get #finished(): boolean {
    return this.#channels.every((channel) => channel.finished);
  }
}
