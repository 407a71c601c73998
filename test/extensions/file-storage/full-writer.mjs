// Fills a disk with a store, empties the store again, and says on stdout what came of it, as JSON.
// Usage: node full-writer.mjs DIRECTORY
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../../dist/extension/clock.js';
import { TraitError } from '../../../dist/extension/trait-error.js';
import { FileStorageConfig } from '../../../dist/extensions/file-storage/config.js';
import { FileStorage } from '../../../dist/extensions/file-storage/index.js';
import { CapturedLogger } from '../../../dist/testing/captured-logger.js';
import { TestExtensionContext } from '../../../dist/testing/test-extension-context.js';

const [, , directory] = process.argv;
const path = join(directory, 'store.db');
const errors = { create: (trait, reason, options) => new TraitError('store', trait.name, reason, options) };
const log = new CapturedLogger();
const store = new FileStorage(FileStorageConfig.parse({ path }), log, new SystemClock(), errors);
const ctx = new TestExtensionContext('store');
const running = store.start(ctx);
await Promise.race([ctx.whenReady, running]);

const value = Buffer.alloc(4_000, 'a');
const outcome = async (call) => {
  try {
    await call;
    return 'done';
  } catch (error) {
    return { message: error.message, retryable: error.retryable };
  }
};
const told = () => log.lines.map(({ level, message }) => [level, message.replaceAll(path, 'FILE')]);
const size = () => statSync(path).size + statSync(`${path}-wal`, { throwIfNoEntry: false }).size;

async function fill() {
  for (let count = 0; ; count++) {
    const result = await outcome(store.set(`key-${count}`, value));
    if (result !== 'done') return { count, result };
  }
}

async function empty(count) {
  const deletes = Array.from({ length: count }, (_, index) => outcome(store.delete(`key-${index}`)));
  return (await Promise.all(deletes)).filter((result) => result !== 'done').length;
}

const filled = await fill();
const again = await outcome(store.set('key-0', Buffer.alloc(400_000)));
const mixed = await Promise.all([
  outcome(store.delete('key-0')),
  outcome(store.set('large', Buffer.alloc(2_000_000))),
]);
const toldFull = told();
const failedDeletes = await empty(filled.count);
const afterDeletes = await outcome(store.set('after', value));
const toldRoom = told();
// The rest of the disk is somebody else's now.
const other = join(directory, 'other');
try {
  writeFileSync(other, Buffer.alloc(64 * 1_024 * 1_024));
} catch {
  // That is how it is filled.
}
const besideOther = await outcome(store.set('more', value));
rmSync(other);
const withoutOther = await outcome(store.set('more', value));
const deadline = performance.now() + 10_000;
while (size() > 500_000 && performance.now() < deadline)
  await new Promise((resolve) => setImmediate(resolve));
const small = size() <= 500_000;
ctx.stop();
await running;
process.stdout.write(
  JSON.stringify({
    filled,
    again,
    mixed,
    toldFull,
    failedDeletes,
    afterDeletes,
    toldRoom,
    besideOther,
    withoutOther,
    small,
  }),
);
