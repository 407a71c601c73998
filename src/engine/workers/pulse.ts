import { url as inspectorUrl } from 'node:inspector';
import type { Clock } from '../../extension/clock.js';
import type { WorkerThread } from './worker-thread.js';

/** How often a worker is asked whether it is alive, in milliseconds. */
const PULSE_MS = 10_000;

/** How long it may take to say so, in milliseconds. */
const SILENCE_MS = 30_000;

/** How long an answer that is there already may take to be read, in milliseconds. */
const LAST_CHANCE_MS = 1_000;

/**
 * Ends a thread that answers nothing any more, its loop blocked: clients that the system leads to it would wait for
 * nothing, and whoever starts or stops it too. Resolves when the thread has ended.
 */
export async function endWhenSilent(thread: WorkerThread, clock: Clock): Promise<void> {
  const gone = new AbortController();
  void thread.ended.then(() => gone.abort());
  for (;;) {
    await clock.sleep(PULSE_MS, gone.signal).catch(() => {});
    if (gone.signal.aborted) return;
    const over = new AbortController();
    const until = AbortSignal.any([over.signal, gone.signal]);
    const heard = thread.link.ask('pulse', undefined).then(() => 'alive');
    const silence = clock
      .sleep(SILENCE_MS, until)
      // The machine itself may have slept: what was answered meanwhile is read first.
      .then(() => clock.sleep(LAST_CHANCE_MS, until))
      .then(() => 'silent');
    const outcome = await Promise.race([heard, silence]).catch(() => 'over');
    over.abort();
    silence.catch(() => {});
    // A debugger may have stopped it.
    if (outcome !== 'silent' || inspectorUrl() !== undefined) continue;
    await thread.end(`it has not answered for ${SILENCE_MS / 1_000} s`);
    return;
  }
}
