import {
  type Compression,
  decompress,
  type EffectHandler,
  joinPieces,
  jsonToProtobuf,
  MalformedPayload,
  PayloadTooLarge,
  Pdata,
  type Pieces,
  type RequestMetadata,
  type Signal,
  validatePieces,
} from '../../authoring.js';
import { broken, malformed, notDelivered, type Refusal, tooLarge } from './refusals.js';

/** How the request message is written. */
export type Format = 'protobuf' | 'json';

/** A request message as it arrived. */
export interface Arrived {
  readonly signal: Signal;
  readonly pieces: Pieces;
  readonly compression: Compression;
  readonly format: Format;
}

/** From the bytes of a request to data in the pipeline. */
export class Intake {
  readonly #effect: EffectHandler;
  readonly #waitForResult: boolean;
  readonly #limitBytes: number;

  /** @param limitBytes how large a message may be when it is decompressed */
  constructor(effect: EffectHandler, waitForResult: boolean, limitBytes: number) {
    this.#effect = effect;
    this.#waitForResult = waitForResult;
    this.#limitBytes = limitBytes;
  }

  /**
   * Decompresses, checks and sends one message. Resolves when it is queued, or delivered if that is waited for;
   * with the reason when it was refused. Never rejects.
   *
   * @param metadata headers of the request that go with its data
   * @param charge says why the data must not go on; `undefined` when nobody is to be asked. Never rejects.
   */
  async take(
    arrived: Arrived,
    metadata: RequestMetadata | undefined,
    charge: ((pdata: Pdata) => Promise<Refusal | undefined>) | undefined,
  ): Promise<Refusal | undefined> {
    let pdata: Pdata | undefined;
    try {
      const { compression } = arrived;
      // Most messages are not compressed, and awaiting nothing would still cost a turn.
      const pieces =
        compression === 'none'
          ? arrived.pieces
          : [await decompress(joinPieces(arrived.pieces), compression, this.#limitBytes)];
      pdata = read(arrived.signal, pieces, arrived.format, metadata);
    } catch (error) {
      if (error instanceof MalformedPayload) return malformed(error.message);
      if (error instanceof PayloadTooLarge) return tooLarge(error.message);
      this.#effect.logger.error('reading a request failed', { signal: arrived.signal, error });
      return broken;
    }
    // OTLP: a request without data in it is answered with success.
    if (pdata.itemCount === 0) return undefined;
    if (charge !== undefined) {
      const refusal = await charge(pdata);
      if (refusal !== undefined) return refusal;
    }
    try {
      if (this.#waitForResult) await this.#effect.deliver(pdata);
      else await this.#effect.send(pdata);
      return undefined;
    } catch (error) {
      return notDelivered(error);
    }
  }
}

/** Checked here, at the door, so that nobody behind it meets bytes that are not OTLP. */
function read(signal: Signal, pieces: Pieces, format: Format, metadata: RequestMetadata | undefined): Pdata {
  return format === 'json'
    ? new Pdata(signal, jsonToProtobuf(signal, joinPieces(pieces)), undefined, metadata)
    : new Pdata(signal, pieces, validatePieces(signal, pieces), metadata);
}
