import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const INSTANCES = 'instances';
const COUNTS = [100, 200, 500, 1_000, 2_000];
const instances = new URL('./instances.mjs', import.meta.url);
/** The same that the tests run with fewer cycles. */
const cycles = new URL('../../fixtures/leak/cycles.mjs', import.meta.url);

const LIVES = [
  ['engines that start and stop', 'engines', 10_000],
  ['replacements in each of three scopes', 'replacements', 2_000],
  ['replacements that fail', 'failures', 2_000],
  ['reloads with one replacement', 'reloads', 2_000],
];

/** Of all scale benchmarks. */
export const scaleNames = [INSTANCES, ...LIVES.map(([name]) => name)];

const TIMEOUT_MS = 10 * 60_000;

/** Pipelines of many extensions, and lives that are lived many times. */
export async function runScale(filter, report) {
  const selected = (name) => name.includes(filter);
  const results = { instances: [], lives: [] };
  if (selected(INSTANCES)) {
    report(INSTANCES);
    results.instances = await answerOf(instances, COUNTS.map(String));
  }
  for (const [name, life, count] of LIVES.filter(([name]) => selected(name))) {
    report(name);
    results.lives.push({ name, ...lifeFigures(await answerOf(cycles, [life, String(count)])) });
  }
  return results;
}

/** What a script says, run in a process with nothing else on its heap. */
async function answerOf(script, args) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', fileURLToPath(script), ...args],
    { timeout: TIMEOUT_MS },
  );
  return JSON.parse(stdout);
}

function lifeFigures({ cycles: count, millis, heap, made, aliveAtFirst, aliveAtLast }) {
  return {
    cycles: count,
    millisPerCycle: millis / count,
    heapBytes: heap,
    // The first half pays for what is compiled and cached once.
    bytesPerCycle: (heap.at(-1) - heap[heap.length >> 1]) / (count / 2),
    objectsMade: made,
    objectsLeft: aliveAtLast - aliveAtFirst,
  };
}
