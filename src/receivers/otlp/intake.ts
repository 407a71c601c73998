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

/** Why a request was refused, or nothing; a promise of it when something has to be waited for. */
export type Verdict = Refusal | undefined | Promise<Refusal | undefined>;

type Charge = (pdata: Pdata) => Promise<Refusal | undefined>;

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
   * Decompresses, checks and sends one message. Says that it is queued, or delivered if that is waited for, by nothing;
   * or why it was refused. Makes a promise, which never rejects, only when something has to be waited for.
   *
   * @param metadata headers of the request that go with its data
   * @param charge says why the data must not go on; `undefined` when nobody is to be asked. Never rejects.
   */
  take(arrived: Arrived, metadata: RequestMetadata | undefined, charge: Charge | undefined): Verdict {
    return arrived.compression === 'none'
      ? this.#read(arrived, arrived.pieces, metadata, charge)
      : this.#decompress(arrived, metadata, charge);
  }

  async #decompress(
    arrived: Arrived,
    metadata: RequestMetadata | undefined,
    charge: Charge | undefined,
  ): Promise<Refusal | undefined> {
    let bytes: Uint8Array;
    try {
      bytes = await decompress(joinPieces(arrived.pieces), arrived.compression, this.#limitBytes);
    } catch (error) {
      return this.#unreadable(arrived, error);
    }
    return this.#read(arrived, [bytes], metadata, charge);
  }

  #read(
    arrived: Arrived,
    pieces: Pieces,
    metadata: RequestMetadata | undefined,
    charge: Charge | undefined,
  ): Verdict {
    let pdata: Pdata;
    try {
      pdata = read(arrived.signal, pieces, arrived.format, metadata);
    } catch (error) {
      return this.#unreadable(arrived, error);
    }
    // OTLP: a request without data in it is answered with success. Who sent one that only seems so, as it holds what
    // this schema does not know or does not count, is told that it was taken, so it goes on.
    if (pdata.isEmpty) return undefined;
    return charge === undefined ? this.#send(pdata) : this.#sendCharged(pdata, charge);
  }

  #unreadable({ signal }: Arrived, error: unknown): Refusal {
    if (error instanceof MalformedPayload) return malformed(error.message);
    if (error instanceof PayloadTooLarge) return tooLarge(error.message);
    this.#effect.logger.error('reading a request failed', { signal, error });
    return broken;
  }

  async #sendCharged(pdata: Pdata, charge: Charge): Promise<Refusal | undefined> {
    const refusal = await charge(pdata);
    return refusal ?? this.#send(pdata);
  }

  #send(pdata: Pdata): Verdict {
    return !this.#waitForResult && this.#effect.trySend(pdata) ? undefined : this.#sendPatiently(pdata);
  }

  async #sendPatiently(pdata: Pdata): Promise<Refusal | undefined> {
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
