import type { Instancing } from '../../extension/decorator.js';
import type { LogFields } from '../../extension/logger.js';
import type { ScopeName } from '../../extension/scope.js';
import type { ExtensionStatus } from '../../extension/status.js';
import type { CrossingSpec } from './crossing-spec.js';
import type { SharedServer } from './shared-ports.js';

/** Where a pipeline stands among those of its worker. */
export type PipelineIndex = number;

/** What a worker is to build. */
export interface WorkerJob {
  /** Of its pipelines only. */
  readonly spec: CrossingSpec;
  /** Plugins that the caller of the engine named. */
  readonly plugins: readonly string[];
  readonly scanPlugins: boolean;
  readonly directory: string;
  /** The types of extensions whose instances live in the thread of the engine. */
  readonly standIns: readonly StandInType[];
}

/** What a worker knows of a type of shared extensions. */
export interface StandInType {
  readonly urn: string;
  readonly description: string;
  /** YAML names. */
  readonly traits: readonly string[];
  readonly instancing: Instancing;
}

/** An extension, by where it is declared and its name. */
export interface ExtensionName {
  readonly scope: ScopeName;
  readonly name: string;
}

/** A new configuration of an extension. */
export interface Reconfigured extends ExtensionName {
  /** As it would stand in a file, expanded. */
  readonly config: unknown;
  readonly readinessMs: number | undefined;
}

/** What the engine asks of a worker. */
export interface WorkerQuestions {
  /** Builds everything. @returns the shared extensions that something in it holds */
  build(job: WorkerJob): Promise<readonly ExtensionName[]>;
  /** Starts the extensions of the engine and of groups that live in the worker. */
  startShared(input: undefined): Promise<void>;
  prepare(pipeline: PipelineIndex): Promise<void>;
  start(pipeline: PipelineIndex): Promise<void>;
  stop(input: { readonly pipeline: PipelineIndex; readonly drainMs: number }): Promise<void>;
  /** There is no more time to wait. */
  force(input: undefined): void;
  stopShared(input: undefined): Promise<void>;
  /** Resolves when the new instance can serve; `decide` then says whether it is to. */
  replace(input: Reconfigured): Promise<void>;
  /** Rejects when the new instance has failed since it was ready. */
  confirm(input: ExtensionName): void;
  /** @returns whether there was an instance to replace */
  decide(input: ExtensionName & { readonly agreed: boolean }): Promise<boolean>;
  /** The instance of a shared extension was replaced. */
  replaced(input: ExtensionName): void;
  /** Answers as soon as it can. */
  pulse(input: undefined): void;
  /** A server has more than its share of the connections. */
  retireOne(input: { readonly key: string }): void;
  /** Everything has stopped. */
  leave(input: undefined): void;
  /** The thread is to end as it is. */
  exit(input: undefined): void;
}

/** What a worker asks of the engine, and tells it. */
export interface EngineQuestions {
  log(input: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly message: string;
    readonly fields: LogFields;
  }): void;
  /** A pipeline, or with no index an extension that its pipelines share, cannot go on. */
  failed(input: { readonly pipeline: PipelineIndex | undefined; readonly error: unknown }): void;
  /** Something went wrong that nobody else is told of. */
  mishap(input: { readonly error: unknown }): void;
  /** How the extensions in the worker are now. */
  statuses(input: readonly ExtensionStatus[]): void;
  /** The port that all instances of a receiver listen at. */
  port(input: SharedServer): Promise<number>;
  /** How many connections a server has. */
  connections(input: { readonly key: string; readonly open: number }): void;
}
