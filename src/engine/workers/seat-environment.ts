import type { Clock } from '../../extension/clock.js';
import type { Logger } from '../../extension/logger.js';
import type { RemoteHost } from '../../extension/remote/server.js';
import type { EngineQuestions, WorkerJob } from './questions.js';
import type { ReplacementTurns } from './replacement-turns.js';
import type { OtherWorkers } from './worker-errors.js';

/** What the workers of an engine have in common. */
export interface SeatEnvironment {
  /** The module that a thread runs. */
  readonly module: URL;
  /** The shared extensions. */
  readonly host: RemoteHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a worker is to build, as the configuration is now. */
  job(worker: number): WorkerJob;
  port: EngineQuestions['port'];
  /** When extensions are replaced. */
  readonly turns: ReplacementTurns;
  /** The thread of a worker has ended, and with it its connections. */
  gone(worker: number): void;
  /** A server of a worker has so many connections. */
  connections(worker: number, key: string, open: number): void;
  /** How the workers beside one are. */
  others(worker: number): OtherWorkers;
  /** Told of everything that goes wrong after the start, as it happens. */
  onError(error: Error): void;
  /** Something beside the pipelines cannot go on. */
  fail(error: Error): void;
}
