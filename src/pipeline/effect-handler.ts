import type { Clock } from '../extension/clock.js';
import type { Logger } from '../extension/logger.js';
import type { ExtensionLookup } from '../extension/lookup.js';
import { type ServiceToken, serviceToken } from '../extension/services.js';
import type { Pdata } from '../pdata/pdata.js';
import type { Completion } from './completion.js';

/** Where and for whom something is sent. */
export interface SendOptions {
  /** Who is told the outcome; nobody when absent. */
  readonly completion?: Completion;
  /** The named output; the node's default output when absent. */
  readonly output?: string;
}

/**
 * All that a node can do to the world around it. Each node has its own, injected into its constructor:
 * `@inject(EffectHandler) private readonly effect: EffectHandler`.
 */
export interface EffectHandler extends ExtensionLookup {
  /** The node's id. */
  readonly node: string;
  /** Names the group, the pipeline and the node on every line. */
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborts when the drain's deadline has passed and everything still running must give up. */
  readonly signal: AbortSignal;

  /**
   * Sends data to the next node. Resolves when it is queued there, which may take as long as that queue is full.
   *
   * @throws Nack retryable, when the pipeline is being stopped by force; the completion has been told too
   */
  send(pdata: Pdata, options?: SendOptions): Promise<void>;

  /**
   * Sends data if the next node's queue has room for it at this moment, for a sender that need not wait: no promise is
   * made. `false` means that nothing was done; `send` waits for room, or says what is wrong.
   */
  trySend(pdata: Pdata, options?: SendOptions): boolean;

  /**
   * Sends data and waits for its outcome: resolves when it was delivered.
   *
   * @throws Nack when it was not
   */
  deliver(pdata: Pdata, output?: string): Promise<void>;
}

export const EffectHandler: ServiceToken<EffectHandler> = serviceToken<EffectHandler>('effect-handler');
