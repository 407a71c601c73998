import { ExtensionScope } from '../../extension/extension-scope.js';
import type { StopOptions } from '../../pipeline/pipeline.js';
import type { PipelinePlan } from '../../pipeline/plan.js';
import type { PipelineSummary } from '../../pipeline/summary.js';
import { FirstFailure } from '../first-failure.js';
import type { RunningPipeline } from '../pipeline-host.js';
import type { Seat } from './seat.js';

/** A pipeline with instances in several workers. Its shared extensions live in the thread of the engine. */
export class DistributedPipeline implements RunningPipeline {
  readonly group: string;
  readonly id: string;
  readonly failed: Promise<Error>;
  readonly extensions: ExtensionScope;
  readonly #seats: readonly Seat[];
  readonly #onError: (error: Error) => void;
  readonly #failure: FirstFailure;

  /**
   * @param plan with the extensions that live in the thread of the engine
   * @param seats of the workers that have an instance of it
   * @param onError told of everything that goes wrong after the start, as it happens
   * @throws ExtensionError naming what could not be created
   */
  constructor(
    plan: PipelinePlan,
    outer: ExtensionScope,
    seats: readonly Seat[],
    onError: (error: Error) => void,
  ) {
    this.group = plan.group;
    this.id = plan.id;
    this.#seats = seats;
    this.#onError = onError;
    this.#failure = new FirstFailure(outer.logger, onError);
    this.failed = this.#failure.promise;
    const { group, id: pipeline } = plan;
    this.extensions = new ExtensionScope(
      { group, pipeline },
      plan.extensions,
      outer,
      this.#failure.tell,
      onError,
    );
  }

  get summary(): PipelineSummary {
    const { group, id } = this;
    const parts = this.#seats.map((seat) => seat.counters(this).summary(group, id));
    const sum = (field: 'received' | 'exported' | 'failed' | 'dropped'): number =>
      parts.reduce((total, part) => total + part[field], 0);
    return {
      group,
      pipeline: id,
      received: sum('received'),
      exported: sum('exported'),
      failed: sum('failed'),
      dropped: sum('dropped'),
    };
  }

  /** An instance of it cannot go on. */
  fail(error: Error): void {
    this.#failure.tell(error);
  }

  async prepare(): Promise<void> {
    await this.extensions.lifecycle.start();
    await Promise.all(this.#seats.map((seat) => seat.prepare(this)));
  }

  async start(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.start(this)));
  }

  async stop({ drainMs, force }: StopOptions): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.stop(this, drainMs)));
    const { lifecycle, logger } = this.extensions;
    for (const error of await lifecycle.stop(force)) {
      logger.error(error.message, { error });
      this.#onError(error);
    }
  }
}
