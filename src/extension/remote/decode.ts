import { RequestMetadata } from '../../pdata/request-metadata.js';
import { BearerToken } from '../../traits/bearer-token.js';
import { Secret } from '../../traits/secret.js';
import { decodeError } from './decode-error.js';
import { Kind } from './encoded.js';
import { fromProcessTime, type ThreadClock } from './process-clock.js';

/** Makes the signals of one call's arguments, by their numbers. */
export type SignalMaker = (number: number) => AbortController;

/** Turns what was posted into values again, within the objects that came. */
export class Decoder {
  readonly #clock: ThreadClock;
  readonly #secrets: Buffer | undefined;

  /** @param secrets the texts of all secrets that came along */
  constructor(clock: ThreadClock, secrets: Uint8Array | undefined) {
    this.#clock = clock;
    this.#secrets =
      secrets === undefined ? undefined : Buffer.from(secrets.buffer, secrets.byteOffset, secrets.byteLength);
  }

  decode(value: unknown, signals?: SignalMaker): unknown {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return this.#items(value, signals);
    const object = value as Record<string, unknown>;
    if ('$' in object) return this.#tagged(object['$'] as readonly unknown[], signals);
    for (const key of Object.keys(object)) {
      const item = object[key];
      if (typeof item === 'object' && item !== null) object[key] = this.decode(item, signals);
    }
    return object;
  }

  #items(items: unknown[], signals: SignalMaker | undefined): unknown[] {
    for (let index = 0; index < items.length; index++) {
      const item: unknown = items[index];
      if (typeof item === 'object' && item !== null) items[index] = this.decode(item, signals);
    }
    return items;
  }

  /** The parts are as `Encoder` wrote them; the border between the threads is untyped. */
  #tagged(parts: readonly unknown[], signals: SignalMaker | undefined): unknown {
    switch (parts[0]) {
      case Kind.object: {
        const object = {};
        for (const [key, value] of parts[1] as readonly (readonly [string, unknown])[]) {
          const decoded = this.decode(value, signals);
          Object.defineProperty(object, key, {
            value: decoded,
            writable: true,
            configurable: true,
            enumerable: true,
          });
        }
        return object;
      }
      case Kind.map:
        return new Map(this.#items(parts[1] as unknown[], signals) as (readonly [unknown, unknown])[]);
      case Kind.set:
        return new Set(this.#items(parts[1] as unknown[], signals));
      case Kind.secret:
        return new Secret(this.#text(parts[1] as number, parts[2] as number));
      case Kind.bearerToken: {
        const [, begin, end, expiresAt] = parts as readonly [number, number, number, number | undefined];
        return new BearerToken(
          this.#text(begin, end),
          expiresAt === undefined ? undefined : fromProcessTime(expiresAt, this.#clock),
        );
      }
      case Kind.metadata:
        return new RequestMetadata(this.#texts(parts));
      case Kind.secretMap:
        return new Map(this.#texts(parts).map(([name, text]) => [name, new Secret(text)]));
      case Kind.signal: {
        const controller = signals?.(parts[1] as number);
        if (controller === undefined) throw new TypeError('an AbortSignal came where none can be');
        if (parts.length > 2) controller.abort(this.decode(parts[2]));
        return controller.signal;
      }
      case Kind.error:
        return decodeError(parts, (part) => this.decode(part));
      default:
        throw new TypeError('a value came that this thread does not know');
    }
  }

  /** Of a flat map of secrets. */
  #texts([, names, first, ...ends]: readonly unknown[]): (readonly [string, string])[] {
    if (ends.length === 0) return [];
    let begin = first as number;
    return (names as string).split('\n').map((name, index) => {
      const end = ends[index] as number;
      const text = this.#text(begin, end);
      begin = end;
      return [name, text];
    });
  }

  /** Not a slice of one long text, which would keep the other secrets in memory. */
  #text(begin: number, end: number): string {
    return this.#secrets?.toString('utf16le', begin * 2, end * 2) ?? '';
  }
}
