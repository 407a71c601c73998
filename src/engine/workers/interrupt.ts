import { Worker } from 'node:worker_threads';
import { threadEntry } from './thread-entry.js';

/** What a thread that interrupts another one is started with. */
export interface InterrupterData {
  /** The number that the platform gave to the other thread. */
  readonly thread: number;
  readonly source: string;
}

/**
 * Runs code in another thread even when that is stuck in a loop, as a debugger does, which opens no port. A third
 * thread asks for it: in the thread of the engine, what the debugger answers would interrupt what runs there.
 *
 * @param thread the number that the platform gave to the thread
 * @param signal aborts when it is not needed any more
 * @returns whether the code has run; `false` when the platform does not allow it or refuses, or the signal aborted first
 */
export async function interrupt(thread: number, source: string, signal: AbortSignal): Promise<boolean> {
  // With `--permission`, and where the platform was built without what debuggers use. To try would end the process.
  if (process.permission?.has('inspector') === false || !process.features.inspector) return false;
  const data: InterrupterData = { thread, source };
  const { entry, options } = threadEntry(new URL('./interrupter.js', import.meta.url));
  const interrupter = new Worker(entry, {
    ...options,
    workerData: data,
    name: 'dataflow interrupter',
    // Nothing of what the application loads first.
    execArgv: [],
  });
  const ran = await new Promise<boolean>((resolve) => {
    interrupter.once('message', () => resolve(true));
    interrupter.once('error', () => resolve(false));
    interrupter.once('exit', () => resolve(false));
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  await interrupter.terminate();
  return ran;
}
