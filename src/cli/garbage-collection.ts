import { setFlagsFromString } from 'node:v8';

/** In MiB, of one half of the young generation of each thread's heap. */
const HALF_MIB = 8;

/** What V8 also takes while it runs, for the heaps that there are and for those of the workers to come. */
const OPTIONS = [
  // Counts memory outside of the heap as later versions do: as part of the limit of all memory. Otherwise 64 MiB of
  // it, some hundred large requests, begin a marking.
  '--external-memory-accounted-in-global-limit',
  // Lets that limit be three times of what was left after the last marking. V8 computes from 1.1 to 4, the less the
  // slower the heap itself grows; what the requests of one moment hold outside then reaches 1.1 again and again.
  '--heap-growing-percent=200',
  // Requests begin their lives young. Where in the first seconds enough of them were kept for a batch, V8 would put
  // all later ones into the old generation, which quick collections do not free.
  '--no-allocation-site-pretenuring',
];

/**
 * Sees to it that requests are freed by quick collections, of the young generation, and that slow ones, which mark the
 * whole heap, are rare. What a socket is read into lies outside of the heap and is freed together with the small object
 * in the heap that it belongs to; V8 is made for programs that hold less outside. Without this, one engine spends 35 us
 * of CPU on a request of 30 kB and the next one 60 to 100, for as long as it runs, most of it in the threads that mark.
 *
 * A quick collection is due when the young generation is full, so that is kept small: V8 13 lets it grow to 32 MiB and
 * more. V8 reads this size when it makes a heap, so the process begins once more with it, as the same process; that
 * takes about 20 ms. Where it cannot (Windows, a parent that talks to it, a source such as /dev/fd/3, a size that was
 * given already), it goes on as it is. Call it before anything is loaded.
 */
export function preferQuickCollections(): void {
  const given = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  const sized = given.some((text) => /semi[-_]space/.test(text));
  // What the process was given open, beside the standard streams, would be closed.
  const needsOpen = process.channel !== undefined || process.argv.some((arg) => /\/fd\/\d/.test(arg));
  if (!sized && !needsOpen && process.execve !== undefined) {
    const size = `--max-semi-space-size=${HALF_MIB}`;
    const [script = '', ...args] = process.argv.slice(1);
    process.execve(process.execPath, [process.execPath, size, ...process.execArgv, script, ...args]);
  }
  for (const option of optionsAtRunTime(given, process.versions.v8)) setFlagsFromString(option);
}

/**
 * The options for V8 that a process takes while it runs.
 *
 * @param given the options that it was started with, which stand
 * @param version of V8. These were measured with 13; what is right for one version may be wrong for the next.
 */
export function optionsAtRunTime(given: readonly string[], version: string): string[] {
  if (!version.startsWith('13.')) return [];
  // V8 takes underscores too.
  const told = given.join(' ').replaceAll('_', '-');
  return OPTIONS.filter((option) => !told.includes(nameOf(option)));
}

const nameOf = (option: string): string => option.replace(/^--(no-)?/, '').replace(/=.*/, '');
