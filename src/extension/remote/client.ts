import type { MessagePort } from 'node:worker_threads';
import type { ExtensionTrait } from '../../traits/trait.js';
import { reasonOf } from '../errors.js';
import { Decoder } from './decode.js';
import { Encoder, type Signals, Uncrossable } from './encode.js';
import { Op, type Posted } from './parcel.js';
import { type ThreadClock, threadClock } from './process-clock.js';
import { CLOSED_BY_HOST, remoteErrors } from './remote-errors.js';
import { type RemoteRef, refKey } from './remote-ref.js';
import { RemoteStream, type StreamLink } from './remote-stream.js';
import { TurnSender } from './turn-sender.js';
import { type WatchedSignals, watchSignals } from './watched-signals.js';

interface OpenCall {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly ref: RemoteRef;
  readonly signals: WatchedSignals | undefined;
}

/** A stub of a ref; a later one has a higher number. */
interface Stub {
  readonly number: number;
  /** Aborts when a later stub is used. */
  readonly superseded: AbortController;
}

/** What the host knows a ref by. */
interface KnownRef {
  readonly ref: RemoteRef;
  readonly number: number;
  /** How many stubs were made. */
  stubs: number;
  /** The latest one that was used. */
  used: Stub | undefined;
}

/**
 * The end of a port in a worker: makes stubs that call the instances in the thread that hosts them. The port does not
 * keep the thread alive.
 */
export class RemoteClient {
  readonly #port: MessagePort;
  readonly #clock: ThreadClock;
  readonly #encoder: Encoder;
  readonly #sender: TurnSender;
  /** By `refKey`: as many as there are refs, however often stubs are made. */
  readonly #refs = new Map<string, KnownRef>();
  readonly #calls = new Map<number, OpenCall>();
  readonly #streams = new Map<number, RemoteStream>();
  #lastId = 0;
  /** Why no call can be made any more. */
  #closed: string | undefined;

  /** @param clock whose time the expiry of tokens is in, in this thread */
  constructor(port: MessagePort, clock: ThreadClock = threadClock) {
    this.#port = port;
    this.#clock = clock;
    this.#encoder = new Encoder(clock);
    this.#sender = new TurnSender(port, (error) => this.close(reasonOf(error)));
    port.on('message', (posted: Posted) => this.#receive(posted));
    port.on('messageerror', (error) => this.close(reasonOf(error)));
    port.on('close', () => this.close(CLOSED_BY_HOST));
    port.unref();
  }

  /** How many calls and streams have not ended. */
  get inFlight(): number {
    return this.#calls.size + this.#streams.size;
  }

  /**
   * A stub that behaves like the instance behind a ref. When it is first used it takes the place of the one that was used
   * for the same ref before, which still works, but keeps nothing near any more: use one for all consumers of this thread. A
   * replacement of the instance takes a new one, by which streams are opened anew.
   *
   * @throws TypeError when the trait has a method that answers directly
   */
  instance<T>(ref: RemoteRef, trait: ExtensionTrait<T>): T {
    const known = this.#known(ref);
    const stub: Stub = { number: ++known.stubs, superseded: new AbortController() };
    const methods: Record<string, (...args: readonly unknown[]) => unknown> = {};
    for (const [method, behaviour] of Object.entries<string>({ ...trait.methods })) {
      if (behaviour === 'async') {
        methods[method] = (...args) => {
          use(known, stub);
          return this.#call(known, method, args);
        };
      } else if (behaviour === 'stream') {
        methods[method] = (...args) => {
          use(known, stub);
          return this.#stream(known, method, args);
        };
      } else {
        throw remoteErrors.direct(trait, method);
      }
    }
    // It has a function for each method that the trait declares, with the behaviour that the compiler checked there.
    return trait.nearby(methods as T, {
      now: () => this.#clock.now(),
      superseded: stub.superseded.signal,
    });
  }

  /** Fails every call and stream, as every later one, and closes the port. */
  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#sender.close();
    this.#port.close();
    const calls = [...this.#calls.values()];
    const streams = [...this.#streams.values()];
    this.#calls.clear();
    this.#streams.clear();
    for (const { reject, ref, signals } of calls) {
      signals?.stop();
      reject(remoteErrors.unreachable(ref, reason));
    }
    for (const stream of streams) stream.fail(remoteErrors.unreachable(stream.ref, reason));
  }

  #known(ref: RemoteRef): KnownRef {
    const key = refKey(ref);
    let known = this.#refs.get(key);
    if (known === undefined) {
      const { scope, extension, trait, consumer } = ref;
      known = {
        ref: { scope: { ...scope }, extension, trait, consumer },
        number: this.#refs.size,
        stubs: 0,
        used: undefined,
      };
      this.#refs.set(key, known);
      const encoded = this.#encoder.encode(known.ref, this.#sender.parcel);
      this.#sender.parcel.messages.push([Op.ref, known.number, encoded]);
    }
    return known;
  }

  #call({ ref, number }: KnownRef, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(remoteErrors.unreachable(ref, this.#closed));
    const id = ++this.#lastId;
    const { parcel } = this.#sender;
    const found: Signals = [];
    try {
      parcel.messages.push([Op.call, id, number, method, this.#encoder.arguments(args, parcel, found)]);
    } catch (error) {
      return Promise.reject(refusal(ref, method, error));
    }
    const signals = watchSignals(id, found, this.#sender, this.#encoder);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, ref, signals });
    });
  }

  #stream({ ref, number }: KnownRef, method: string, args: readonly unknown[]): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]: () =>
        new RemoteStream(ref, (stream) => this.#open(stream, number, method, args)),
    };
  }

  #open(stream: RemoteStream, number: number, method: string, args: readonly unknown[]): StreamLink {
    const { ref } = stream;
    if (this.#closed !== undefined) throw remoteErrors.unreachable(ref, this.#closed);
    const id = ++this.#lastId;
    const sender = this.#sender;
    const { parcel } = sender;
    const found: Signals = [];
    try {
      parcel.messages.push([Op.open, id, number, method, this.#encoder.arguments(args, parcel, found)]);
    } catch (error) {
      throw refusal(ref, method, error);
    }
    const signals = watchSignals(id, found, sender, this.#encoder);
    this.#streams.set(id, stream);
    return {
      taken: (count) => {
        sender.parcel.messages.push([Op.taken, id, count]);
      },
      end: (leave) => {
        signals?.stop();
        if (this.#streams.delete(id) && leave) sender.parcel.messages.push([Op.leave, id]);
      },
    };
  }

  #receive([messages, secrets]: Posted): void {
    const decoder = new Decoder(this.#clock, secrets);
    for (const [op, id, value] of messages) {
      const call = this.#calls.get(id);
      if (call === undefined) {
        // Of a stream that was left meanwhile nothing is heard any more.
        const stream = this.#streams.get(id);
        if (stream !== undefined) advance(stream, op, value, decoder);
        continue;
      }
      this.#calls.delete(id);
      call.signals?.stop();
      settle(call, op, value, decoder);
    }
  }
}

/** What is used is what the others make room for, unless it is an old one that somebody still holds. */
function use(known: KnownRef, stub: Stub): void {
  if (stub.number <= (known.used?.number ?? 0)) return;
  const former = known.used;
  known.used = stub;
  former?.superseded.abort();
}

function settle(call: OpenCall, op: number, value: unknown, decoder: Decoder): void {
  try {
    const decoded = decoder.decode(value);
    if (op === Op.answer) call.resolve(decoded);
    else call.reject(decoded);
  } catch (error) {
    call.reject(error);
  }
}

function advance(stream: RemoteStream, op: number, value: unknown, decoder: Decoder): void {
  try {
    if (op === Op.item) stream.push(decoder.decode(value));
    else if (op === Op.end) stream.finish();
    else stream.fail(decoder.decode(value));
  } catch (error) {
    stream.abandon(error);
  }
}

/** Why a call was not made, as its caller is told. */
function refusal(ref: RemoteRef, method: string, error: unknown): unknown {
  return error instanceof Uncrossable
    ? remoteErrors.cannotCross(ref, method, error.place, error.what)
    : error;
}
