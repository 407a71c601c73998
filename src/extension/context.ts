import type { ExtensionLookup } from './lookup.js';

/** What a running extension instance is given at its start. */
export interface ExtensionContext extends ExtensionLookup {
  /** The instance's name in the configuration. */
  readonly name: string;
  /** Aborts when the instance must stop. `start` then has the grace time (5 s) to return. */
  readonly signal: AbortSignal;
  /**
   * Says that the instance can serve. The data path waits for it when the class asked for a readiness barrier
   * (`readiness` of `@Extension`); otherwise it is only noted. Calls after the first do nothing.
   */
  ready(): void;
  /** Resolves when `signal` aborts: what a `start` with nothing else to do awaits. */
  stopping(): Promise<void>;
}

/**
 * An extension with a life of its own. `start` runs for as long as the instance serves: it returns after
 * `ctx.signal` aborts, and not before; returning or throwing earlier fails the pipeline.
 */
export interface ActiveExtension {
  start(ctx: ExtensionContext): Promise<void>;
}
