// Writes to a store without end and says on stdout what was acknowledged, until it is killed.
// Usage: node kill-writer.mjs FILE ROUND
import { writeSync } from 'node:fs';
import { SystemClock } from '../../../dist/extension/clock.js';
import { TraitError } from '../../../dist/extension/trait-error.js';
import { FileStorageConfig } from '../../../dist/extensions/file-storage/config.js';
import { FileStorage } from '../../../dist/extensions/file-storage/index.js';
import { TestExtensionContext } from '../../../dist/testing/test-extension-context.js';

const [, , path, round] = process.argv;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log };
const errors = { create: (trait, reason, options) => new TraitError('store', trait.name, reason, options) };
const store = new FileStorage(FileStorageConfig.parse({ path }), log, new SystemClock(), errors);
const ctx = new TestExtensionContext('store');
const running = store.start(ctx);
await Promise.race([ctx.whenReady, running]);

const acknowledged = (what, id) => writeSync(1, `${what} ${id}\n`);
let next = 0;

async function write() {
  for (;;) {
    const number = next++;
    const id = `${round}-${number}`;
    const value = Buffer.from(id.repeat(1 + (number % 200)));
    await store.set(`single-${id}`, value);
    acknowledged('set', id);
    await store.batch([
      { set: `left-${id}`, value },
      { set: `right-${id}`, value },
    ]);
    acknowledged('pair', id);
    if (number % 3 === 0) {
      await store.delete(`single-${id}`);
      acknowledged('deleted', id);
    }
  }
}

await Promise.all([write(), write(), write(), write()]);
