import type { AddressInfo, Server } from 'node:net';
import type { Pdata } from '../pdata/pdata.js';
import type { Completion } from './completion.js';
import type { ListenAddress, ListenOptions } from './listening.js';

/** Data on its way into a node, with whoever waits for its outcome. */
export interface Message extends Completion {
  readonly pdata: Pdata;
}

/** What a running receiver is given at its start. */
export interface ReceiverContext {
  /** Aborts when the receiver must take no more data. */
  readonly signal: AbortSignal;
  /** Says that the receiver takes data now, its sockets listening. `Engine.start` waits for it. */
  ready(): void;
  /** Resolves when `signal` aborts. */
  stopping(): Promise<void>;
  /**
   * Makes a server (`node:net`, `http`, `http2`, `tls`) listen. Where the pipeline runs on several cores, each has an
   * instance of the receiver, and all of them listen at the same address: the system spreads connections over them.
   * Servers of one receiver that listen at one host with port 0 have a port each, and are told apart by the order of the
   * calls: let every instance make them listen in the same order.
   *
   * @returns where it listens
   * @throws the platform's error, such as EADDRINUSE when another process listens there; an error with that code, too,
   * when another server of the configuration does
   */
  listen(server: Server, address: ListenAddress, options?: ListenOptions): Promise<AddressInfo>;
}

/** Takes data from outside and sends it into the pipeline. Constructors do no I/O. */
export interface ReceiverNode {
  /**
   * Runs for as long as the receiver serves. After `ctx.signal` aborts it takes nothing new, answers what it has
   * taken, and returns. A receiver with nothing more to give may return earlier. A throw fails the pipeline.
   */
  start(ctx: ReceiverContext): Promise<void>;
}

/** Changes, merges, splits, routes or drops data on its way. Constructors do no I/O. */
export interface ProcessorNode {
  /**
   * Takes one message. Every message must sooner or later be acked, nacked, or sent on as somebody's completion.
   * Calls never overlap: the next message comes when the promise has resolved, which is how a slow output slows
   * the sender. A throw nacks the message.
   */
  process(message: Message): void | Promise<void>;
  /** Sends what is held back. Called once, after the last message. */
  flush?(): Promise<void>;
}

/** What an exporter says of a payload that the other side took only in part (OTLP, "Partial Success"). */
export interface PartialDelivery {
  /** Items that were refused for good; never more than the payload holds. */
  readonly rejectedItems: number;
  /** Why, fit to be shown. */
  readonly reason: string;
}

/** Sends data out of the pipeline. Constructors do no I/O. */
export interface ExporterNode {
  /** How many calls of `export` may run at the same time; 1 when absent. */
  readonly maxInFlight?: number;
  /**
   * Delivers one payload. Resolves with nothing when all of it was taken.
   *
   * @param signal aborts when the drain's deadline has passed and the call must give up
   * @throws Nack when it could not: permanent, or retryable with how long to wait. Anything else that is thrown
   * counts as permanent.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: so that an exporter that knows no parts just returns.
  export(pdata: Pdata, signal: AbortSignal): Promise<PartialDelivery | void>;
  /** Closes connections. Called once, after the last `export` has ended. */
  shutdown?(): Promise<void>;
}
