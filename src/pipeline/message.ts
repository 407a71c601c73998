import type { Pdata } from '../pdata/pdata.js';
import type { Completion } from './completion.js';
import type { Message } from './contracts.js';
import type { Nack } from './nack.js';

/** A message that reports its outcome once, whatever happens to it later. */
export class PipelineMessage implements Message {
  readonly pdata: Pdata;
  #completion: Completion | undefined;

  constructor(pdata: Pdata, completion: Completion) {
    this.pdata = pdata;
    this.#completion = completion;
  }

  /** Whether the outcome was reported. */
  get settled(): boolean {
    return this.#completion === undefined;
  }

  ack(): void {
    const completion = this.#completion;
    this.#completion = undefined;
    completion?.ack();
  }

  nack(reason: Nack): void {
    const completion = this.#completion;
    this.#completion = undefined;
    completion?.nack(reason);
  }
}
