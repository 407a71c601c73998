import type { ExtensionScope } from '../extension/extension-scope.js';
import type { ExtensionPlan } from '../extension/plan.js';
import type { ExtensionStatus } from '../extension/status.js';
import type { StopOptions } from '../pipeline/pipeline.js';
import type { PipelineSummary } from '../pipeline/summary.js';

/** A pipeline as its engine sees it, wherever it runs. */
export interface RunningPipeline {
  readonly group: string;
  readonly id: string;
  /** Resolves with what went wrong when the pipeline cannot go on. */
  readonly failed: Promise<Error>;
  readonly summary: PipelineSummary;
  /** Its own extensions, as far as they live in the thread of the engine. */
  readonly extensions: ExtensionScope;
  /** Starts its extensions. @throws what failed */
  prepare(): Promise<void>;
  /** Starts its data path. @throws what failed */
  start(): Promise<void>;
  /** Drains and stops it, whatever state it is in. Never rejects. */
  stop(options: StopOptions): Promise<unknown>;
}

/** Where the pipelines of an engine run. */
export interface PipelineHost {
  /** In the order of declaration. */
  readonly pipelines: readonly RunningPipeline[];
  /** Resolves with what went wrong beside the pipelines when they cannot go on. */
  readonly failed: Promise<Error>;
  /** Makes ready what the pipelines share; called when the shared extensions of the engine's thread have started. */
  start(): Promise<void>;
  /** Everything has started: what ends from now on may be started again. */
  serve(): void;
  /** Called when the stop begins. @param force aborts when there is no more time to wait */
  forceWith(force: AbortSignal): void;
  /** Stops what the pipelines shared; called when they have stopped. Never rejects. */
  stop(): Promise<void>;
  /**
   * Replaces an extension, in every thread that has an instance of it, or in none.
   *
   * @returns whether there was an instance
   * @throws ExtensionError or ConfigError when a new instance cannot serve
   */
  replace(scope: ExtensionScope, plan: ExtensionPlan): Promise<boolean>;
  /** @param own of the extensions in the engine's thread. @returns those of all threads */
  statuses(own: readonly ExtensionStatus[]): readonly ExtensionStatus[];
}
