import { MalformedPayload } from '../pdata/malformed.js';
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
  const frame = Buffer.allocUnsafe(FRAME_PREFIX_BYTES + message.byteLength);
  frame[0] = compressed ? 1 : 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, FRAME_PREFIX_BYTES);
  return frame;
}

/** One message of a gRPC call, still compressed when it says so. */
export interface Frame {
  readonly message: Uint8Array;
  readonly compressed: boolean;
}

/**
 * Reads the one message of a unary gRPC call from the chunks in which it arrives. What it holds depends on the
 * bytes that have arrived, not on what the prefix announces; a message in one chunk is not copied.
 */
export class UnaryFrameReader {
  readonly #limitBytes: number;
  readonly #body: BodyBuffer;
  /** The length in the prefix; -1 until the prefix is complete. */
  #announced = -1;
  #compressed = false;

  /** @param limitBytes how long the message may be, without its prefix */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#body = new BodyBuffer(FRAME_PREFIX_BYTES + limitBytes);
  }

  /**
   * Takes the next chunk.
   *
   * @throws PayloadTooLarge as soon as the prefix announces more than the limit
   * @throws MalformedPayload when the prefix is not one, or more follows than a single message
   */
  push(chunk: Uint8Array): void {
    this.#body.append(chunk);
    if (this.#announced < 0) {
      if (this.#body.length < FRAME_PREFIX_BYTES) return;
      this.#readPrefix();
    }
    if (this.#body.length > FRAME_PREFIX_BYTES + this.#announced) {
      throw new MalformedPayload('a unary gRPC call carries one message; more follows');
    }
  }

  /**
   * The message, after the last chunk.
   *
   * @throws MalformedPayload when the call ended within it or without one
   */
  end(): Frame {
    if (this.#announced < 0) {
      throw new MalformedPayload(
        this.#body.length === 0
          ? 'the gRPC call ended without a message'
          : `the gRPC call ended within the ${FRAME_PREFIX_BYTES}-byte prefix of its message`,
      );
    }
    const missing = FRAME_PREFIX_BYTES + this.#announced - this.#body.length;
    if (missing > 0)
      throw new MalformedPayload(`the gRPC call ended ${missing} bytes before its message did`);
    if (this.#announced === 0) return { message: EMPTY, compressed: this.#compressed };
    return { message: this.#body.bytes.subarray(FRAME_PREFIX_BYTES), compressed: this.#compressed };
  }

  #readPrefix(): void {
    const prefix = this.#body.bytes;
    const flag = prefix[0] as number;
    if (flag > 1) throw new MalformedPayload(`a gRPC message begins with 0 or 1; this one with ${flag}`);
    this.#compressed = flag === 1;
    this.#announced =
      (prefix[1] as number) * 0x1000000 +
      (((prefix[2] as number) << 16) | ((prefix[3] as number) << 8) | (prefix[4] as number));
    if (this.#announced > this.#limitBytes) throw new PayloadTooLarge('the gRPC message', this.#limitBytes);
    this.#body.announce(FRAME_PREFIX_BYTES + this.#announced);
  }
}
