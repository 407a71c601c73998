import { inspect } from 'node:util';
import type { Encoded } from './encoded.js';

/** One `postMessage`: messages in their order, and the texts of all secrets in them, as bytes that no log shows. */
export type Posted = readonly [messages: readonly Message[], secrets: Uint8Array | undefined];

/** The first item of a message: what it is. */
export const Op = {
  /** To the host. From now on a number stands for a ref. */
  ref: 0,
  /** To the host: calls an async method. */
  call: 1,
  /** To the host: opens a stream. */
  open: 2,
  /** To the host: so many more items of a stream were taken. */
  taken: 3,
  /** To the host: nobody reads the stream any more. */
  leave: 4,
  /** To the host: a signal among the arguments of a call or a stream aborted. */
  abort: 5,
  /** To the caller: what a call gave. */
  answer: 6,
  /** To the caller: why a call or a stream failed. */
  failure: 7,
  /** To the caller: an item of a stream. */
  item: 8,
  /** To the caller: the end of a stream. */
  end: 9,
} as const;

/** `[op, number of the call, stream or ref, ...]` */
export type Message = readonly [op: number, id: number, ...rest: readonly Encoded[]];

/** Bytes from which on it is cheaper to hand over the copy than to have it copied again. */
const HANDED_OVER = 16_384;

/** What is sent with the next `postMessage`. */
export class Parcel {
  readonly messages: Message[] = [];
  readonly #handedOver: ArrayBuffer[] = [];
  readonly #secrets: string[] = [];
  #secretLength = 0;
  /** Of bytes and of texts, about: what a stream holds back is measured by it. */
  size = 0;

  /** A copy of bytes, which are the caller's. */
  copyOf(bytes: Uint8Array): Uint8Array {
    // Of the part that is seen: structured clone would copy the whole buffer behind it.
    const copy = new Uint8Array(bytes);
    this.size += copy.byteLength;
    if (copy.byteLength >= HANDED_OVER) this.#handedOver.push(copy.buffer);
    return copy;
  }

  /** Where the text of the next secret begins among those of the parcel, in characters. */
  get secretsEnd(): number {
    return this.#secretLength;
  }

  /** Takes the text of a secret along. @returns where it ends */
  hide(text: string): number {
    this.#secrets.push(text);
    this.#secretLength += text.length;
    this.size += text.length;
    return this.#secretLength;
  }

  post(port: { postMessage(message: Posted, transfer?: readonly ArrayBuffer[]): void }): void {
    // In 16 bits a character, so that any text arrives as it was.
    const secrets =
      this.#secretLength === 0 ? undefined : new Uint8Array(Buffer.from(this.#secrets.join(''), 'utf16le'));
    const posted: Posted = [this.messages, secrets];
    if (this.#handedOver.length === 0) port.postMessage(posted);
    else port.postMessage(posted, this.#handedOver);
  }

  [inspect.custom](): string {
    return `Parcel(${this.messages.length})`;
  }
}
