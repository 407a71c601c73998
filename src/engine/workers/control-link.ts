import type { MessagePort } from 'node:worker_threads';
import { Decoder } from '../../extension/remote/decode.js';
import { Encoder, Uncrossable } from '../../extension/remote/encode.js';
import { type Message, Parcel, type Posted } from '../../extension/remote/parcel.js';
import { threadClock } from '../../extension/remote/process-clock.js';
import { fromCrossing, toCrossing } from './crossing-error.js';

/** What one side can be asked: by name, what goes in and what comes back. */
export type Questions<Q> = { readonly [Name in keyof Q]: (input: never) => unknown };

type Input<Question> = Question extends (input: infer In) => unknown ? In : never;
type Answer<Question> = Question extends (input: never) => infer Out ? Awaited<Out> : never;

const Op = { ask: 0, tell: 1, answer: 2, failure: 3 } as const;

interface Open {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One end of the line between an engine and one of its workers. Either side asks the other one by name, or tells it
 * something that needs no answer. Values cross as those of traits do, so secrets stay secrets and errors errors.
 */
export class ControlLink<Theirs extends Questions<Theirs>> {
  readonly #port: MessagePort;
  readonly #encoder = new Encoder(threadClock);
  readonly #open = new Map<number, Open>();
  readonly #answers: Readonly<Record<string, (input: unknown) => unknown>>;
  readonly #onDefect: (error: Error) => void;
  #lastId = 0;
  #closed: Error | undefined;

  /**
   * @param mine answers what the other side asks
   * @param onDefect told of what went wrong with something that needs no answer
   */
  constructor(port: MessagePort, mine: object, onDefect: (error: Error) => void) {
    this.#port = port;
    this.#onDefect = onDefect;
    // Both sides are compiled against one interface; the port between them is untyped.
    this.#answers = mine as Readonly<Record<string, (input: unknown) => unknown>>;
    port.on('message', (posted: Posted) => this.#receive(posted));
  }

  /** @throws what the other side threw; the reason of `close` */
  ask<Name extends keyof Theirs & string>(
    name: Name,
    input: Input<Theirs[Name]>,
  ): Promise<Answer<Theirs[Name]>> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#post(Op.ask, id, name, input);
      this.#open.set(id, { resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** Nobody waits for what becomes of it. */
  tell<Name extends keyof Theirs & string>(name: Name, input: Input<Theirs[Name]>): void {
    if (this.#closed === undefined) this.#post(Op.tell, 0, name, input);
  }

  /** Ends the line: every open question and every later one fails. */
  close(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#port.close();
    for (const { reject } of this.#open.values()) reject(reason);
    this.#open.clear();
  }

  /** Whether the line alone keeps its thread alive. */
  set keepsAlive(on: boolean) {
    if (on) this.#port.ref();
    else this.#port.unref();
  }

  /** @throws TypeError when the value cannot be handed to another thread */
  #post(op: number, id: number, name: string, value: unknown): void {
    const parcel = new Parcel();
    try {
      parcel.messages.push([op, id, name, this.#encoder.encode(value, parcel)]);
    } catch (cause) {
      if (!(cause instanceof Uncrossable)) throw cause;
      throw new TypeError(
        `${cause.what} cannot be handed to a worker thread (${name}: value${cause.place})`,
        {
          cause,
        },
      );
    }
    parcel.post(this.#port);
  }

  #receive([messages, secrets]: Posted): void {
    const decoder = new Decoder(threadClock, secrets);
    for (const [op, id, name, value] of messages as readonly Message[]) {
      if (op === Op.ask || op === Op.tell)
        void this.#answer(op, id, String(name), () => decoder.decode(value));
      else this.#settle(op, id, () => decoder.decode(value));
    }
  }

  /** @param input throws when it is nothing that this thread can build */
  async #answer(op: number, id: number, name: string, input: () => unknown): Promise<void> {
    try {
      const answer = await this.#answers[name]?.(input());
      if (op === Op.ask && this.#closed === undefined) this.#post(Op.answer, id, name, answer);
    } catch (error) {
      if (op === Op.tell) this.#onDefect(error as Error);
      else if (this.#closed === undefined) this.#post(Op.failure, id, name, toCrossing(error));
    }
  }

  #settle(op: number, id: number, value: () => unknown): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    try {
      if (op === Op.answer) open?.resolve(value());
      else open?.reject(fromCrossing(value()));
    } catch (error) {
      open?.reject(error);
    }
  }
}
