import { availableParallelism, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { wasGivenFiles } from './given-files.js';

interface Option {
  readonly option: string;
  /** What among given options speaks of the same, written with hyphens. */
  readonly given: RegExp;
  /** Saves CPU for memory, and is taken only where there is memory. */
  readonly costsMemory: boolean;
}

const OPTIONS: readonly Option[] = [
  // In MiB, of one half of the young generation. A quick collection is due when it is full, so it is kept small: V8 13
  // lets it grow to 32 MiB and more.
  { option: '--max-semi-space-size=8', given: /semi-space/, costsMemory: false },
  // Requests begin their lives young. Where in the first seconds enough of them were kept for a batch, V8 would put
  // all later ones into the old generation, which quick collections do not free.
  { option: '--no-allocation-site-pretenuring', given: /allocation-site-pretenuring/, costsMemory: false },
  // In MiB. While the old generation is below, it is not marked, nor while all memory is below twice of it. V8 marks
  // at 1.1 to 4 times of what was left the last time, and what the requests of one moment hold reaches 1.1 times of
  // a small heap again and again. Above, V8's own measure stands.
  { option: '--initial-old-space-size=64', given: /initial-(heap|old-space)-size/, costsMemory: true },
  // Counts memory outside of the heap as later versions do, as part of the limit of all memory. Otherwise 64 MiB of
  // it, some hundred large requests, begin a marking.
  {
    option: '--external-memory-accounted-in-global-limit',
    given: /external-memory-accounted-in-global-limit/,
    costsMemory: true,
  },
];

/**
 * The worst that the default limits let in, 128 compressed requests of 4 MiB at once, again and again, takes up to
 * 3.3 GB in a process that saves CPU for memory, and 1.6 in one that does not. In a container in between the one is
 * killed by what the other survives.
 */
const ENOUGH_BYTES_PER_CORE = 3 * 2 ** 30;

/**
 * Sees to it that requests are freed by quick collections, of the young generation, and that slow ones, which mark the
 * whole heap, are rare. What a socket is read into lies outside of the heap and is freed together with the small object
 * in the heap that it belongs to; V8 is made for programs that hold less outside. Without this, one engine spends 35 us
 * of CPU on a request of 30 kB and the next one 60 to 100, for as long as it runs, most of it in the threads that mark.
 *
 * V8 reads its sizes when it makes a heap, so the process begins once more with the options, as the same process; that
 * takes about 20 ms. Where it cannot, it takes them while it runs: the sizes then count for the heaps of workers only.
 * Call it before anything is loaded.
 */
export function preferQuickCollections(): void {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  const missing = missingOptions(given, process.versions.v8, bytesPerCore());
  if (missing.length === 0) return;
  if (canBeginAgain()) {
    const [script = '', ...args] = process.argv.slice(1);
    process.execve?.(process.execPath, [process.execPath, ...missing, ...process.execArgv, script, ...args]);
  }
  for (const option of missing) setFlagsFromString(option);
}

/**
 * The options for V8 that the engine runs best with.
 *
 * @param given the options that the process was started with, which stand
 * @param version of V8. These were measured with 13; what is right for one version may be wrong for the next.
 * @param memory in bytes, for each core that there is: as many workers may run
 */
export function missingOptions(given: readonly string[], version: string, memory: number): string[] {
  if (!version.startsWith('13.')) return [];
  // V8 takes underscores too.
  const told = given.join(' ').replaceAll('_', '-');
  return OPTIONS.filter(({ costsMemory }) => !costsMemory || memory >= ENOUGH_BYTES_PER_CORE)
    .filter((option) => !option.given.test(told))
    .map(({ option }) => option);
}

/**
 * What the process may use of memory, for each core.
 *
 * @param limit in bytes, of a container; 0 when nothing is known of one, more than any machine has when there is none
 */
export function bytesPerCore(limit: number = process.constrainedMemory()): number {
  return Math.min(limit || Number.POSITIVE_INFINITY, totalmem()) / availableParallelism();
}

/**
 * On Linux, where this was measured; not under Node's permission model, which forbids it, and not where a parent talks
 * to the process or gave it files, for those would be closed.
 */
function canBeginAgain(): boolean {
  if (process.platform !== 'linux' || process.permission !== undefined) return false;
  return process.channel === undefined && !wasGivenFiles();
}
