import { whenAborted } from '../extension/abort.js';
import type { Clock } from '../extension/clock.js';
import type { ScopeName } from '../extension/scope.js';
import type { ReceiverNode } from './contracts.js';
import { type PipelineError, pipelineErrors } from './errors.js';
import type { Listening } from './listening.js';
import type { NodePlan } from './plan.js';

/** How long a receiver has until it takes data, in milliseconds. */
export const RECEIVER_STARTUP_MS = 30_000;

/** Runs one receiver. */
export class ReceiverRunner {
  readonly #pipeline: ScopeName;
  readonly #plan: NodePlan;
  readonly #node: ReceiverNode;
  readonly #listening: Listening;
  readonly #onEnd: () => void;
  readonly #controller = new AbortController();
  readonly #ready = Promise.withResolvers<void>();

  /** @param onEnd called when the receiver will send no more */
  constructor(
    pipeline: ScopeName,
    plan: NodePlan,
    node: ReceiverNode,
    listening: Listening,
    onEnd: () => void,
  ) {
    this.#listening = listening;
    this.#pipeline = pipeline;
    this.#plan = plan;
    this.#node = node;
    this.#onEnd = onEnd;
  }

  /**
   * Runs until the receiver ends, by itself or after `stop`.
   *
   * @throws PipelineError when the receiver fails
   */
  async run(): Promise<void> {
    const { signal } = this.#controller;
    const stopping = whenAborted(signal);
    try {
      await this.#node.start({
        signal,
        ready: () => this.#ready.resolve(),
        stopping: () => stopping,
        listen: (server, address, options = {}) =>
          this.#listening.listen(this.#plan.id, server, address, options),
      });
      this.#ready.resolve();
    } catch (cause) {
      const error = pipelineErrors.receiverFailed(this.#pipeline, this.#plan, cause);
      this.#ready.resolve();
      throw error;
    } finally {
      this.#onEnd();
    }
  }

  /** Resolves when the receiver takes data, or has ended. @throws PipelineError when that takes too long */
  async ready(clock: Clock): Promise<void> {
    const expired = Promise.withResolvers<PipelineError>();
    using _timer = clock.setTimeout(
      () => expired.resolve(pipelineErrors.notListening(this.#pipeline, this.#plan, RECEIVER_STARTUP_MS)),
      RECEIVER_STARTUP_MS,
    );
    const error = await Promise.race([this.#ready.promise, expired.promise]);
    if (error !== undefined) throw error;
  }

  /** Tells the receiver to take nothing new. */
  stop(): void {
    this.#controller.abort(new Error('the receiver is being stopped'));
  }
}
