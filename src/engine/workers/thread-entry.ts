import type { WorkerOptions } from 'node:worker_threads';

/** What a thread runs, as the platform takes it. */
export interface ThreadEntry {
  readonly entry: string | URL;
  readonly options: Pick<WorkerOptions, 'eval'>;
}

/**
 * How a thread is to be started that runs a module. A thread inherits the options of its process, and with `--input-type`
 * among them (`node --input-type=module -e ...`) it takes a text alone: one that imports the module, then.
 *
 * @param given the options of the process, on the command line and in NODE_OPTIONS
 */
export function threadEntry(module: URL, given: readonly string[] = processOptions()): ThreadEntry {
  if (!given.some((option) => option.includes('--input-type'))) return { entry: module, options: {} };
  return { entry: `import(${JSON.stringify(module.href)})`, options: { eval: true } };
}

const processOptions = (): readonly string[] => [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
