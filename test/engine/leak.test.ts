import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../fixtures/leak/cycles.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/**
 * What one cycle may leave behind on average, in bytes: above what compiled code and other caches of the runtime waver
 * by, and below what any promise with somebody who waits for it takes.
 */
const LEFT_PER_CYCLE = 300;

interface Outcome {
  readonly cycles: number;
  /** In bytes after a collection, before the first cycle that counts and after each eighth. */
  readonly heap: readonly number[];
  readonly made: number;
  readonly aliveAtFirst: number;
  readonly aliveAtLast: number;
}

/** Lives a life many times, in a process of its own with nothing else on its heap. */
async function lived(life: string, cycles: number): Promise<Outcome> {
  if (!existsSync(built)) throw new Error('the package is not built; run: npm run build');
  const args = ['--expose-gc', '--no-warnings', script, life, String(cycles)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 110_000 });
  return JSON.parse(stdout) as Outcome;
}

/** Of the second half, when the runtime has compiled what it will compile. */
function leftPerCycle({ heap, cycles }: Outcome): number {
  const middle = heap[heap.length >> 1] ?? Number.NaN;
  const last = heap.at(-1) ?? Number.NaN;
  return (last - middle) / (cycles / 2);
}

/** Components, engines and tokens that each cycle makes. */
describe.each([
  ['2,000 engines that start and stop below one application container', 'engines', 2_000, 10],
  ['1,000 engines that are built and never started', 'unstarted', 1_000, 9],
  ['1,000 replacements in each of the three scopes of one engine', 'replacements', 1_000, 3],
  ['1,000 replacements that fail', 'failures', 1_000, 1],
  ['1,000 reloads that replace one extension', 'reloads', 1_000, 1],
])('%s', (_title, life, cycles, madePerCycle) => {
  it('leave nothing behind', async () => {
    const outcome = await lived(life, cycles);
    expect(outcome.made).toBeGreaterThanOrEqual(cycles * madePerCycle);
    expect(outcome.aliveAtLast).toBe(outcome.aliveAtFirst);
    expect(leftPerCycle(outcome)).toBeLessThan(LEFT_PER_CYCLE);
  }, 120_000);
});
