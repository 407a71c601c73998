import { getCompileCacheDir } from 'node:module';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Clock } from '../../extension/clock.js';
import { reasonOf } from '../../extension/errors.js';
import { type RemoteHost, type RemoteServer, serveRemoteCalls } from '../../extension/remote/server.js';
import { ControlLink } from './control-link.js';
import { interrupt } from './interrupt.js';
import type { EngineQuestions, WorkerQuestions } from './questions.js';
import { threadEntry } from './thread-entry.js';
import type { WorkerData } from './worker-data.js';

/** How long a thread has to end when everything in it has stopped, in milliseconds. */
const LEAVE_MS = 2_000;

/** How long a thread has to end by itself when it is told to, in milliseconds. */
const EXIT_MS = 3_000;

export interface ThreadOptions {
  /** The module that the thread runs. */
  readonly module: URL;
  readonly worker: number;
  readonly clock: Clock;
  readonly counters: SharedArrayBuffer;
  /** Answers what the worker asks. */
  readonly answers: EngineQuestions;
  /** What its stand-ins lead to. */
  readonly host: RemoteHost;
  /** Told of what went wrong with something that the worker told. */
  readonly onDefect: (error: Error) => void;
}

/** What was asked of a worker whose thread has ended. */
export class WorkerGone extends Error {
  override readonly name = 'WorkerGone';
  /** Why it has ended. */
  readonly reason: string;

  constructor(worker: number, reason: string) {
    super(`worker ${worker} is gone: ${reason}`);
    this.reason = reason;
  }
}

/** A thread in which a worker runs, until it ends; another one takes its place then. */
export class WorkerThread {
  /** The line to the worker; broken when the thread has ended. */
  readonly link: ControlLink<WorkerQuestions>;
  /** Resolves with why, when the thread has ended by itself or by `end`. */
  readonly ended: Promise<string>;
  readonly #clock: Clock;
  readonly #thread: Worker;
  readonly #calls: RemoteServer;
  #isGone = false;
  #ending: Promise<void> | undefined;
  /** Why it ends, when that is known before it has ended. */
  #reason: string | undefined;

  constructor({ module, worker, clock, counters, answers, host, onDefect }: ThreadOptions) {
    this.#clock = clock;
    const control = new MessageChannel();
    const calls = new MessageChannel();
    this.link = new ControlLink(control.port1, answers, onDefect);
    this.#calls = serveRemoteCalls(calls.port1, host);
    const data: WorkerData = {
      worker,
      control: control.port2,
      calls: calls.port2,
      counters,
      compileCache: getCompileCacheDir(),
    };
    const { entry, options } = threadEntry(module);
    this.#thread = new Worker(entry, {
      ...options,
      workerData: data,
      transferList: [control.port2, calls.port2],
      name: `dataflow worker ${worker}`,
    });
    const ended = Promise.withResolvers<string>();
    this.ended = ended.promise;
    this.#thread.on('error', (error) => {
      this.#reason ??= `an error that nobody caught: ${reasonOf(error)}`;
    });
    this.#thread.on('exit', (code) => {
      const reason = this.#reason ?? (code === 0 ? 'it ended by itself' : `it ended with code ${code}`);
      this.#isGone = true;
      this.#calls.close();
      this.link.close(new WorkerGone(worker, reason));
      ended.resolve(reason);
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether the thread keeps the process alive. */
  set keepsAlive(on: boolean) {
    this.link.keepsAlive = on;
    if (on) this.#thread.ref();
    else this.#thread.unref();
  }

  /**
   * Ends the thread as it is, at the latest after some seconds. Never rejects.
   *
   * @param reason given as why it ended
   */
  async end(reason?: string): Promise<void> {
    this.#reason ??= reason;
    this.#ending ??= this.#end();
    await this.#ending;
  }

  /** Ends the thread when it has stopped: lets what it has written arrive, unless something in it is stuck. */
  async leave(): Promise<void> {
    this.link.tell('leave', undefined);
    const left = new AbortController();
    // The time must pass even when nothing else keeps the process alive.
    this.#thread.ref();
    const late = this.#clock.sleep(LEAVE_MS, left.signal).then(() => this.end());
    await Promise.race([this.ended, late.catch(() => {})]);
    left.abort();
    await this.ended;
  }

  /**
   * Has the thread exit by itself, because only then it closes its connections: to end it from outside while it reads
   * from one of HTTP/2 ends the whole process.
   */
  async #end(): Promise<void> {
    if (this.#isGone) return;
    this.#thread.ref();
    const over = new AbortController();
    const late = this.#clock.sleep(EXIT_MS, over.signal).catch(() => {});
    this.link.tell('exit', undefined);
    // What is stuck reads nothing; and what runs in it goes on when its connections are closed.
    const interrupted = interrupt(this.#thread.threadId, 'process.exit(1)', over.signal);
    await Promise.race([this.ended, late, interrupted.then((ran) => (ran ? undefined : late))]);
    over.abort();
    await this.#thread.terminate();
    await this.ended;
  }
}
