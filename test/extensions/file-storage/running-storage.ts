import { type Clock, SystemClock } from '../../../src/extension/clock.js';
import { FileStorageConfig } from '../../../src/extensions/file-storage/config.js';
import { FileStorage } from '../../../src/extensions/file-storage/index.js';
import { CapturedLogger, TestExtensionContext } from '../../../src/testing/index.js';
import { storeErrors } from '../../fixtures/key-value-room.js';

export interface RunningStorage {
  readonly store: FileStorage;
  readonly log: CapturedLogger;
  stop(): Promise<void>;
}

/** Starts an instance and waits until it serves. Real time unless told otherwise: locks are real. */
export async function startStorage(
  config: Record<string, unknown>,
  clock: Clock = new SystemClock(),
): Promise<RunningStorage> {
  const log = new CapturedLogger();
  const store = new FileStorage(FileStorageConfig.parse(config), log, clock, storeErrors);
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
