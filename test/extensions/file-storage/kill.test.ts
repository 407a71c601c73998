import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { textOf } from '../../fixtures/key-value-room.js';
import { type RunningStorage, startStorage } from './running-storage.js';

const writer = fileURLToPath(new URL('./kill-writer.mjs', import.meta.url));

/** Several files at a time, for starting a process is what takes the time. */
const LANES = 4;
const ROUNDS = 25;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-storage-kill-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the writer, kills it in the middle of its writes, and tells what it had been promised. */
async function writeUntilKilled(path: string, round: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, path, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The same code starts a hundred times.
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // The first words are the sign that it writes; it is killed at any moment after.
    if (said === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 40);
    said += text;
  });
  const [code, signal] = await once(child, 'close');
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  // The last line may have been cut off.
  return said.split('\n').slice(0, -1);
}

async function contentOf({ store }: RunningStorage): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for await (const { key, value } of store.entries('')) found.set(key, textOf(value));
  return found;
}

/** What an acknowledgement promises and the store does not keep. */
function broken(acknowledged: readonly string[], found: ReadonlyMap<string, string | undefined>): string[] {
  const wrong: string[] = [];
  for (const line of acknowledged) {
    const [what, id = ''] = line.split(' ');
    const number = Number(id.split('-')[1]);
    const value = id.repeat(1 + (number % 200));
    const kept = (kind: string): boolean => found.get(`${kind}-${id}`) === value;
    const holds =
      what === 'pair'
        ? kept('left') && kept('right')
        : what === 'deleted'
          ? !found.has(`single-${id}`)
          : // It may have been deleted without a word of it.
            kept('single') || number % 3 === 0;
    if (!holds) wrong.push(line);
  }
  for (const key of found.keys()) {
    const twin = key.startsWith('left') ? key.replace('left', 'right') : key.replace('right', 'left');
    if (!found.has(twin)) wrong.push(`half a batch: ${key}`);
  }
  return wrong;
}

describe('file_storage, killed in the middle of its writes', () => {
  it('opens again each of 100 times, with all that was acknowledged, and shrinks when that is deleted', async () => {
    let promises = 0;
    const lane = async (name: number): Promise<void> => {
      const path = join(folder, `${name}.db`);
      let largest = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const acknowledged = await writeUntilKilled(path, round);
        promises += acknowledged.length;
        const storage = await startStorage({ path });
        const found = await contentOf(storage);
        largest = Math.max(largest, (await stat(path)).size + (await stat(`${path}-wal`)).size);
        expect(broken(acknowledged, found)).toEqual([]);
        await storage.store.batch([...found.keys()].map((key) => ({ delete: key })));
        await storage.stop();
      }
      const storage = await startStorage({ path });
      await expect(contentOf(storage)).resolves.toEqual(new Map());
      const limit = performance.now() + 10_000;
      while ((await stat(path)).size > 300_000) {
        expect(performance.now()).toBeLessThan(limit);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await storage.stop();
      expect(largest).toBeGreaterThan(300_000);
    };
    await Promise.all(Array.from({ length: LANES }, (_, name) => lane(name)));
    expect(promises).toBeGreaterThan(LANES * ROUNDS * 10);
  }, 120_000);
});
