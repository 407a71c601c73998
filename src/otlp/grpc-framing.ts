import { MalformedPayload } from '../pdata/malformed.js';
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
 * Reads the one message of a unary gRPC call from the chunks in which it arrives. It holds no more than has
 * arrived, however much the prefix announces, and copies nothing when the message is in one chunk.
 */
export class UnaryFrameReader {
  readonly #limitBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #received = 0;
  /** The length in the prefix; -1 until the prefix is complete. */
  #announced = -1;
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
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#received += chunk.byteLength;
    if (this.#announced < 0) {
      if (this.#received < FRAME_PREFIX_BYTES) return;
      this.#readPrefix();
    }
    if (this.#received > FRAME_PREFIX_BYTES + this.#announced) {
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
        this.#received === 0
          ? 'the gRPC call ended without a message'
          : `the gRPC call ended within the ${FRAME_PREFIX_BYTES}-byte prefix of its message`,
      );
    }
    const missing = FRAME_PREFIX_BYTES + this.#announced - this.#received;
    if (missing > 0)
      throw new MalformedPayload(`the gRPC call ended ${missing} bytes before its message did`);
    if (this.#announced === 0) return { message: EMPTY, compressed: this.#compressed };
    const whole = this.#join();
    return { message: whole.subarray(FRAME_PREFIX_BYTES), compressed: this.#compressed };
  }

  #readPrefix(): void {
    const prefix = this.#join();
    const flag = prefix[0] as number;
    if (flag > 1) throw new MalformedPayload(`a gRPC message begins with 0 or 1; this one with ${flag}`);
    this.#compressed = flag === 1;
    this.#announced =
      (prefix[1] as number) * 0x1000000 +
      (((prefix[2] as number) << 16) | ((prefix[3] as number) << 8) | (prefix[4] as number));
    if (this.#announced > this.#limitBytes) throw new PayloadTooLarge('the gRPC message', this.#limitBytes);
  }

  #join(): Uint8Array {
    const first = this.#chunks[0] as Uint8Array;
    return this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#received);
  }
}
