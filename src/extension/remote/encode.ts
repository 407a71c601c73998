import { types } from 'node:util';
import { RequestMetadata } from '../../pdata/request-metadata.js';
import { BearerToken } from '../../traits/bearer-token.js';
import type { ForwardedHeaders } from '../../traits/http-client-middleware.js';
import { Secret } from '../../traits/secret.js';
import { reasonOf } from '../errors.js';
import { encodeError, isError } from './encode-error.js';
import { DEEPEST, type Encoded, Kind, tagged } from './encoded.js';
import type { Parcel } from './parcel.js';
import { type ThreadClock, toProcessTime } from './process-clock.js';

/** A value that cannot cross, with its place, which grows as this is thrown outward. */
export class Uncrossable extends Error {
  override readonly name = 'Uncrossable';
  /** Such as `a function`. */
  readonly what: string;
  /** Such as `.headers.get("a")`. */
  place = '';

  constructor(what: string) {
    super(what);
    this.what = what;
  }

  within(place: string): this {
    this.place = place + this.place;
    return this;
  }
}

/** The signals among the arguments of one call, in the order of their numbers. */
export type Signals = AbortSignal[];

/** Turns values into what can be posted. Everything is copied, so the caller may go on with what is its own. */
export class Encoder {
  readonly #clock: ThreadClock;

  constructor(clock: ThreadClock) {
    this.#clock = clock;
  }

  /**
   * @param signals takes the signals that are found; absent where none may be
   * @throws Uncrossable
   */
  encode(value: unknown, parcel: Parcel, signals?: Signals, depth = 0): Encoded {
    switch (typeof value) {
      case 'string':
        parcel.size += value.length;
        return value;
      case 'number':
      case 'boolean':
      case 'undefined':
      case 'bigint':
        return value;
      case 'function':
        throw new Uncrossable('a function');
      case 'symbol':
        throw new Uncrossable('a symbol');
      default:
        return value === null ? null : this.#object(value as object, parcel, signals, depth);
    }
  }

  /** @throws Uncrossable with a place such as `argument 1.value` */
  arguments(args: readonly unknown[], parcel: Parcel, signals: Signals): readonly Encoded[] {
    let index = 0;
    try {
      const encoded: Encoded[] = [];
      for (; index < args.length; index++) encoded.push(this.encode(args[index], parcel, signals));
      return encoded;
    } catch (error) {
      throw error instanceof Uncrossable ? error.within(`argument ${index + 1}`) : error;
    }
  }

  /** What a call threw. Any value can be thrown, so this never fails. */
  error(error: unknown, parcel: Parcel): Encoded {
    return encodeError(error, (value) => this.encode(value, parcel));
  }

  #object(value: object, parcel: Parcel, signals: Signals | undefined, depth: number): Encoded {
    if (depth > DEEPEST) throw new Uncrossable(`nested deeper than ${DEEPEST} levels, or a circle`);
    if (Array.isArray(value)) return this.#items(value, parcel, signals, depth);
    if (types.isUint8Array(value)) return parcel.copyOf(value);
    if (isForwardedHeaders(value)) return secretMap(Kind.metadata, headerEntries(sound(value)), parcel);
    if (isPlain(value)) return this.#plain(value, parcel, signals, depth);
    if (types.isMap(value)) {
      if (isSecretMap(value)) return secretMap(Kind.secretMap, value, parcel);
      return tagged(Kind.map, this.#entries(value, parcel, signals, depth));
    }
    if (types.isSet(value)) return tagged(Kind.set, this.#items([...value], parcel, signals, depth));
    if (value instanceof Secret) return secret(value.reveal(), parcel);
    if (value instanceof BearerToken) {
      const { secret: text, expiresAt } = value;
      const begin = parcel.secretsEnd;
      return tagged(
        Kind.bearerToken,
        begin,
        parcel.hide(text.reveal()),
        expiresAt === undefined ? undefined : toProcessTime(expiresAt, this.#clock),
      );
    }
    if (value instanceof AbortSignal) return this.#signal(value, parcel, signals);
    if (isError(value)) return this.error(value, parcel);
    throw new Uncrossable(`an instance of ${className(value)}`);
  }

  #items(items: readonly unknown[], parcel: Parcel, signals: Signals | undefined, depth: number) {
    let index = 0;
    try {
      const encoded: Encoded[] = [];
      for (; index < items.length; index++) {
        encoded.push(this.encode(items[index], parcel, signals, depth + 1));
      }
      return encoded;
    } catch (error) {
      throw error instanceof Uncrossable ? error.within(`[${index}]`) : error;
    }
  }

  #entries(
    entries: Iterable<readonly [unknown, unknown]>,
    parcel: Parcel,
    signals: Signals | undefined,
    depth: number,
  ): Encoded {
    let at: unknown;
    try {
      const encoded: Encoded[] = [];
      for (const [key, value] of entries) {
        at = key;
        const encodedKey = this.encode(key, parcel, signals, depth + 1);
        encoded.push([encodedKey, this.encode(value, parcel, signals, depth + 1)]);
      }
      return encoded;
    } catch (error) {
      const key = typeof at === 'string' ? JSON.stringify(at) : typeof at;
      throw error instanceof Uncrossable ? error.within(`.get(${key})`) : error;
    }
  }

  #plain(value: object, parcel: Parcel, signals: Signals | undefined, depth: number): Encoded {
    let at = '';
    try {
      const encoded: Record<string, Encoded> = {};
      for (const key of Object.keys(value)) {
        at = key;
        // An assignment would set the prototype. No trait has such a name, so how it crosses need not be cheap.
        if (key === '$' || key === '__proto__') {
          const entries = Object.entries(value);
          return tagged(Kind.object, this.#entries(entries, parcel, signals, depth));
        }
        // The keys are those of the object itself.
        const item = (value as Readonly<Record<string, unknown>>)[key];
        encoded[key] = this.encode(item, parcel, signals, depth + 1);
      }
      return encoded;
    } catch (error) {
      throw error instanceof Uncrossable ? error.within(`.${at}`) : error;
    }
  }

  #signal(signal: AbortSignal, parcel: Parcel, signals: Signals | undefined): Encoded {
    if (signals === undefined) throw new Uncrossable('an AbortSignal that is no argument');
    const number = signals.push(signal) - 1;
    return signal.aborted
      ? tagged(Kind.signal, number, this.error(signal.reason, parcel))
      : tagged(Kind.signal, number);
  }
}

function secret(text: string, parcel: Parcel): Encoded {
  const begin = parcel.secretsEnd;
  return tagged(Kind.secret, begin, parcel.hide(text));
}

function* headerEntries(headers: ForwardedHeaders): Generator<readonly [string, Secret]> {
  for (const name of headers.names()) yield [name, new Secret(headers.reveal(name) ?? '')];
}

/** What an author made may have headers that no request can have, and that nothing could be built of elsewhere. */
function sound(headers: ForwardedHeaders): ForwardedHeaders {
  if (headers instanceof RequestMetadata) return headers;
  try {
    return new RequestMetadata([...headers.names()].map((name) => [name, headers.reveal(name) ?? '']));
  } catch (error) {
    throw new Uncrossable(`no headers that a request can have (${reasonOf(error)})`);
  }
}

function isSecretMap(map: ReadonlyMap<unknown, unknown>): map is ReadonlyMap<string, Secret> {
  for (const [key, value] of map) {
    if (!(value instanceof Secret) || typeof key !== 'string' || key.includes('\n')) return false;
  }
  return map.size > 0;
}

function secretMap(kind: number, map: Iterable<readonly [string, Secret]>, parcel: Parcel): Encoded {
  const names: string[] = [];
  const description: Encoded[] = [kind, '', parcel.secretsEnd];
  for (const [name, value] of map) {
    names.push(name);
    description.push(parcel.hide(value.reveal()));
  }
  description[1] = names.join('\n');
  return { $: description };
}

/** Whether `value` is an object literal or what a parser makes, of whichever realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** An object that can say more than the interface does can be headers, too: only what the interface says crosses. */
function isForwardedHeaders(value: object): value is ForwardedHeaders {
  return (
    'reveal' in value &&
    typeof value.reveal === 'function' &&
    'names' in value &&
    typeof value.names === 'function'
  );
}

function className(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'an unnamed class';
}
