import { types } from 'node:util';
import type { z } from 'zod';
import { type Clock, TraitError, type TraitErrorFactory } from '../../../src/authoring.js';
import { SystemClock } from '../../../src/extension/clock.js';
import { HttpPoolConfig } from '../../../src/extensions/http-pool/config.js';
import { HttpPool } from '../../../src/extensions/http-pool/index.js';
import { CapturedLogger, TestExtensionContext } from '../../../src/testing/index.js';

const errors: TraitErrorFactory = {
  create: (trait, reason, options) => new TraitError('pool', trait.name, reason, options),
};

/** A pool that serves, with everything around it that a test looks at. */
export class RunningPool {
  readonly pool: HttpPool;
  readonly log: CapturedLogger;
  readonly #ctx = new TestExtensionContext('pool');
  readonly #running: Promise<void>;

  private constructor(settings: z.input<typeof HttpPoolConfig>, clock: Clock) {
    this.log = new CapturedLogger();
    this.pool = new HttpPool(HttpPoolConfig.parse(settings), this.log, clock, errors);
    this.#running = this.pool.start(this.#ctx);
  }

  /** Starts one; rejects when it does not come to serve. */
  static async start(
    settings: z.input<typeof HttpPoolConfig> = {},
    clock: Clock = new SystemClock(),
  ): Promise<RunningPool> {
    const running = new RunningPool(settings, clock);
    await Promise.race([running.#ctx.whenReady, running.#running]);
    return running;
  }

  /** Posts to a URL through the pool; gives the status of the answer. */
  async post(url: string, body = 'hello', signal?: AbortSignal): Promise<number> {
    const { origin, pathname } = new URL(url);
    const answer = await this.pool
      .dispatcher()
      .request({ origin, path: pathname, method: 'POST', body, ...(signal && { signal }) });
    await answer.body.dump();
    return answer.statusCode;
  }

  /** Why a request through the pool failed. */
  async failure(url: string): Promise<string> {
    try {
      await this.post(url);
    } catch (error) {
      // Not `instanceof`: an error of the platform comes from another realm.
      if (types.isNativeError(error)) return error.message;
    }
    throw new Error('the request was answered');
  }

  /** Asks it to stop and waits for its end. */
  async stop(): Promise<void> {
    this.#ctx.stop();
    await this.#running;
  }
}
