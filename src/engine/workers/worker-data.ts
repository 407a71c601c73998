import type { MessagePort } from 'node:worker_threads';

/** What a worker thread is started with. */
export interface WorkerData {
  /** Its number, from 0. */
  readonly worker: number;
  /** The line to the engine. */
  readonly control: MessagePort;
  /** Leads to the shared extensions. */
  readonly calls: MessagePort;
  /** Counts the items of its pipelines: `COUNTERS` numbers each. */
  readonly counters: SharedArrayBuffer;
  /** Where the engine's thread keeps compiled code; `undefined` when it keeps none. */
  readonly compileCache: string | undefined;
}
