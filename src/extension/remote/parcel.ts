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
  #secrets: Buffer[] | undefined;
  #secretBytes = 0;
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

  /** Takes the text of a secret along. @returns where it begins and ends, in bytes */
  hide(text: string): readonly [begin: number, end: number] {
    const bytes = Buffer.from(text, 'utf16le');
    this.#secrets ??= [];
    this.#secrets.push(bytes);
    const begin = this.#secretBytes;
    this.#secretBytes += bytes.byteLength;
    this.size += bytes.byteLength;
    return [begin, this.#secretBytes];
  }

  post(port: { postMessage(message: Posted, transfer?: readonly ArrayBuffer[]): void }): void {
    const secrets = this.#secrets === undefined ? undefined : new Uint8Array(Buffer.concat(this.#secrets));
    const posted: Posted = [this.messages, secrets];
    if (this.#handedOver.length === 0) port.postMessage(posted);
    else port.postMessage(posted, this.#handedOver);
  }

  [inspect.custom](): string {
    return `Parcel(${this.messages.length})`;
  }
}
