import { type Clock, SystemClock } from '../../../src/extension/clock.js';
import { RedisStorageConfig } from '../../../src/extensions/redis-storage/config.js';
import { RedisStorage } from '../../../src/extensions/redis-storage/index.js';
import { CapturedLogger, TestExtensionContext } from '../../../src/testing/index.js';
import { storeErrors } from '../../fixtures/key-value-room.js';

export interface RunningStorage {
  readonly store: RedisStorage;
  readonly log: CapturedLogger;
  stop(): Promise<void>;
}

/** Starts an instance and waits until it serves. Real time: the server is real. */
export async function startStorage(
  config: Record<string, unknown>,
  clock: Clock = new SystemClock(),
): Promise<RunningStorage> {
  const log = new CapturedLogger();
  const store = new RedisStorage(RedisStorageConfig.parse(config), log, clock, storeErrors);
  const ctx = new TestExtensionContext('store');
  const running = store.start(ctx);
  await Promise.race([ctx.whenReady, running]);
  return {
    store,
    log,
    stop: async () => {
      ctx.stop();
      await running;
    },
  };
}
