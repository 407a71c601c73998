import { MalformedPayload } from '../pdata/malformed.js';
import { copyPieces, lengthOfPieces, type Pieces } from '../pdata/pieces.js';
import { BodyBuffer } from './body-buffer.js';
import { PayloadTooLarge } from './payload-too-large.js';

/** A gRPC message's prefix: one byte that says whether it is compressed, four with its length, big-endian. */
export const FRAME_PREFIX_BYTES = 5;

const EMPTY = new Uint8Array(0);

/** The prefix alone, for a sender that writes a large message after it without copying. */
export function framePrefix(messageBytes: number, compressed: boolean): Buffer {
  const prefix = Buffer.allocUnsafe(FRAME_PREFIX_BYTES);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(messageBytes, 1);
  return prefix;
}

/** A length-prefixed gRPC message in one piece. */
export function encodeFrame(message: Uint8Array, compressed: boolean): Buffer {
  return encodeFrameOf([message], compressed);
}

/** The same of a message in pieces. */
export function encodeFrameOf(pieces: Pieces, compressed: boolean): Buffer {
  const byteLength = lengthOfPieces(pieces);
  const frame = Buffer.allocUnsafe(FRAME_PREFIX_BYTES + byteLength);
  frame[0] = compressed ? 1 : 0;
  frame.writeUInt32BE(byteLength, 1);
  copyPieces(pieces, frame.subarray(FRAME_PREFIX_BYTES));
  return frame;
}

/** One message of a gRPC call, still compressed when it says so. */
export interface Frame {
  readonly pieces: Pieces;
  readonly compressed: boolean;
}

/**
 * Reads the one message of a unary gRPC call from the chunks in which it arrives. What it holds depends on the
 * bytes that have arrived, not on what the prefix announces; a message in large chunks is not copied.
 */
export class UnaryFrameReader {
  readonly #limitBytes: number;
  /** What has arrived of a prefix that is not complete yet. */
  #head: Uint8Array = EMPTY;
  /** The message; `undefined` until the prefix is complete. */
  #body: BodyBuffer | undefined;
  /** The length in the prefix. */
  #announced = 0;
  #compressed = false;

  /** @param limitBytes how long the message may be, without its prefix */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * Takes the next chunk.
   *
   * @throws PayloadTooLarge as soon as the prefix announces more than the limit
   * @throws MalformedPayload when the prefix is not one, or more follows than a single message
   */
  push(chunk: Uint8Array): void {
    const body = this.#body;
    if (body === undefined) this.#begin(chunk);
    else this.#append(body, chunk);
  }

  /**
   * The message, after the last chunk.
   *
   * @throws MalformedPayload when the call ended within it or without one
   */
  end(): Frame {
    const body = this.#body;
    if (body === undefined) {
      throw new MalformedPayload(
        this.#head.byteLength === 0
          ? 'the gRPC call ended without a message'
          : `the gRPC call ended within the ${FRAME_PREFIX_BYTES}-byte prefix of its message`,
      );
    }
    const missing = this.#announced - body.length;
    if (missing > 0)
      throw new MalformedPayload(`the gRPC call ended ${missing} bytes before its message did`);
    return { pieces: body.pieces, compressed: this.#compressed };
  }

  #begin(chunk: Uint8Array): void {
    const head = this.#head.byteLength === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    if (head.byteLength < FRAME_PREFIX_BYTES) {
      this.#head = head;
      return;
    }
    const body = this.#readPrefix(head);
    this.#body = body;
    this.#append(body, head.subarray(FRAME_PREFIX_BYTES));
  }

  #append(body: BodyBuffer, chunk: Uint8Array): void {
    if (body.length + chunk.byteLength > this.#announced) {
      throw new MalformedPayload('a unary gRPC call carries one message; more follows');
    }
    body.append(chunk);
  }

  #readPrefix(prefix: Uint8Array): BodyBuffer {
    const flag = prefix[0] as number;
    if (flag > 1) throw new MalformedPayload(`a gRPC message begins with 0 or 1; this one with ${flag}`);
    this.#compressed = flag === 1;
    this.#announced =
      (prefix[1] as number) * 0x1000000 +
      (((prefix[2] as number) << 16) | ((prefix[3] as number) << 8) | (prefix[4] as number));
    if (this.#announced > this.#limitBytes) throw new PayloadTooLarge('the gRPC message', this.#limitBytes);
    return new BodyBuffer(this.#announced);
  }
}
