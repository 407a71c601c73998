import type { MessagePort } from 'node:worker_threads';
import type { ExtensionTrait, TraitTarget } from '../../traits/trait.js';
import { Decoder, type SignalMaker } from './decode.js';
import { Encoder, Uncrossable } from './encode.js';
import { type Message, Op, type Posted } from './parcel.js';
import { type ThreadClock, threadClock } from './process-clock.js';
import { remoteErrors } from './remote-errors.js';
import type { RemoteRef } from './remote-ref.js';
import { ServedStream } from './served-stream.js';
import { TurnSender } from './turn-sender.js';

/** What is called. */
export interface RemoteTarget {
  readonly trait: ExtensionTrait<unknown>;
  readonly target: TraitTarget<object>;
}

/** Knows the instances of the thread that hosts. */
export interface RemoteHost {
  /**
   * The slot-like target behind a ref. Asked at each call.
   *
   * @throws ExtensionError when there is none
   */
  find(ref: RemoteRef): RemoteTarget;
}

/** The end of a port in the thread that hosts. */
export interface RemoteServer {
  /**
   * Ends every call and stream of that caller, and closes the port: iterators are returned, signals abort. A thread that
   * died is closed like this.
   */
  close(): void;
  /** How many calls and streams have not ended. */
  readonly inFlight: number;
}

/**
 * Serves the calls that arrive on a port until it closes, or `close()` is called. The port does not keep the thread
 * alive.
 *
 * @param clock whose time the expiry of tokens is in, in this thread
 */
export function serveRemoteCalls(
  port: MessagePort,
  host: RemoteHost,
  clock: ThreadClock = threadClock,
): RemoteServer {
  return new Server(port, host, clock);
}

/** A call that runs, or a stream that is open. */
interface Served {
  readonly ref: RemoteRef;
  readonly method: string;
  /** Behind the signals of its arguments, by their numbers. */
  signals: AbortController[] | undefined;
  stream: ServedStream | undefined;
}

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

class Server implements RemoteServer {
  readonly #port: MessagePort;
  readonly #host: RemoteHost;
  readonly #clock: ThreadClock;
  readonly #encoder: Encoder;
  readonly #sender: TurnSender;
  readonly #refs = new Map<number, RemoteRef>();
  readonly #served = new Map<number, Served>();
  #closed = false;

  constructor(port: MessagePort, host: RemoteHost, clock: ThreadClock) {
    this.#port = port;
    this.#host = host;
    this.#clock = clock;
    this.#encoder = new Encoder(clock);
    this.#sender = new TurnSender(port, () => this.close());
    port.on('message', (posted: Posted) => this.#receive(posted));
    port.on('messageerror', () => this.close());
    port.on('close', () => this.close());
    port.unref();
  }

  get inFlight(): number {
    return this.#served.size;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const served = [...this.#served.values()];
    this.#served.clear();
    this.#refs.clear();
    this.#sender.close();
    this.#port.close();
    for (const { signals, stream } of served) {
      for (const signal of signals ?? []) signal.abort(remoteErrors.callerGone());
      stream?.leave();
    }
  }

  #receive([messages, secrets]: Posted): void {
    const decoder = new Decoder(this.#clock, secrets);
    for (const message of messages) {
      if (this.#closed) return;
      this.#take(message, decoder);
    }
  }

  /** The rest of a message is as the client wrote it; the border between the threads is untyped. */
  #take([op, id, ...rest]: Message, decoder: Decoder): void {
    const [first, second, third] = rest as readonly unknown[];
    switch (op) {
      case Op.ref:
        this.#refs.set(id, decoder.decode(first) as RemoteRef);
        break;
      case Op.call:
      case Op.open:
        this.#serve(op, id, first as number, second as string, third, decoder);
        break;
      case Op.taken:
        this.#served.get(id)?.stream?.taken(first as number);
        break;
      case Op.leave: {
        const stream = this.#served.get(id)?.stream;
        this.#served.delete(id);
        stream?.leave();
        break;
      }
      case Op.abort:
        this.#served.get(id)?.signals?.[first as number]?.abort(reasonFrom(decoder, second));
        break;
    }
  }

  #serve(op: number, id: number, number: number, method: string, args: unknown, decoder: Decoder): void {
    const ref = this.#refs.get(number);
    // A client says what a number stands for before it uses it.
    if (ref === undefined) return;
    const served: Served = { ref, method, signals: undefined, stream: undefined };
    this.#served.set(id, served);
    try {
      const { trait, target } = this.#host.find(ref);
      const behaviours: Readonly<Record<string, unknown>> = trait.methods;
      const expected = op === Op.call ? 'async' : 'stream';
      if (!Object.hasOwn(behaviours, method) || behaviours[method] !== expected) {
        throw remoteErrors.noSuchMethod(ref, method);
      }
      const values = decoder.decode(args, signalsOf(served)) as readonly unknown[];
      // The trait declares the method, and the decorator looked that the class has it.
      const call = (instance: object) => (instance as Methods)[method]?.(...values) as Promise<unknown>;
      if (op !== Op.call) this.#stream(id, served, call(target.current));
      else if (trait.ordered.has(method)) this.#answer(id, served, target.inOrder(call));
      else this.#answer(id, served, target.counted(call(target.current)));
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #answer(id: number, served: Served, call: Promise<unknown>): void {
    // An extension that is not written in TypeScript may have given something else.
    Promise.resolve(call).then(
      (answer) => this.#reply(Op.answer, id, served, answer),
      (error: unknown) => this.#fail(id, error),
    );
  }

  #stream(id: number, served: Served, iterable: unknown): void {
    if (!isAsyncIterable(iterable)) throw remoteErrors.noStream(served.ref, served.method);
    served.stream = new ServedStream(iterable[Symbol.asyncIterator](), {
      item: (value) => {
        const { parcel } = this.#sender;
        const before = parcel.size;
        parcel.messages.push([Op.item, id, this.#crossing('an item', value, served)]);
        return parcel.size - before;
      },
      end: () => this.#end(id, [Op.end, id]),
      failure: (error) => this.#fail(id, error),
    });
    served.stream.pull();
  }

  #reply(op: number, id: number, served: Served, value: unknown): void {
    // The caller is gone.
    if (!this.#served.has(id)) return;
    try {
      this.#end(id, [op, id, this.#crossing('the answer', value, served)]);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    if (!this.#served.has(id)) return;
    this.#end(id, [Op.failure, id, this.#encoder.error(error, this.#sender.parcel)]);
  }

  #end(id: number, message: Message): void {
    if (this.#served.delete(id)) this.#sender.parcel.messages.push(message);
  }

  #crossing(what: string, value: unknown, { ref, method }: Served) {
    try {
      return this.#encoder.encode(value, this.#sender.parcel);
    } catch (error) {
      throw error instanceof Uncrossable
        ? remoteErrors.cannotCross(ref, method, `${what}${error.place}`, error.what)
        : error;
    }
  }
}

function signalsOf(served: Served): SignalMaker {
  return (number) => {
    const controller = new AbortController();
    served.signals ??= [];
    served.signals[number] = controller;
    return controller;
  };
}

/** Why a signal aborted. What cannot be built here must not keep the call from learning that it did. */
function reasonFrom(decoder: Decoder, value: unknown): unknown {
  try {
    return decoder.decode(value);
  } catch (error) {
    return error;
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
