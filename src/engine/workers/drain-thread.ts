import { whenAborted } from '../../extension/abort.js';
import type { Clock } from '../../extension/clock.js';
import { STOP_GRACE_MS } from '../../extension/lifecycle-services.js';
import type { WorkerThread } from './worker-thread.js';

/**
 * How long a worker may take to deliver what it has when something in it has failed, in milliseconds: others take what is
 * new meanwhile, and what has failed may be what it needs to deliver.
 */
const DRAIN_MS = 10_000;

/** How long it may take to give up what does not end, extensions among it, in milliseconds. */
const GIVES_UP_MS = 2 * STOP_GRACE_MS;

/**
 * Has a worker that runs take nothing more, deliver what it has, and stop, as far as it can. Never rejects.
 *
 * @param pipelines how many it has
 * @param signal aborts when the engine stops, which then does it in its own time
 * @returns whether it has stopped: it did not end before, and was not given up
 */
export async function drainThread(
  { link }: Pick<WorkerThread, 'link'>,
  pipelines: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const stop = async (): Promise<true> => {
    const stopping = Array.from({ length: pipelines }, (_, pipeline) =>
      link.ask('stop', { pipeline, drainMs: DRAIN_MS }),
    );
    await Promise.allSettled(stopping);
    await link.ask('stopShared', undefined);
    return true;
  };
  const over = new AbortController();
  const late = clock.sleep(DRAIN_MS + GIVES_UP_MS, over.signal).catch(() => {});
  // The line breaks when the thread ends.
  const outcome = await Promise.race([stop().catch(() => {}), late, whenAborted(signal)]);
  over.abort();
  return outcome === true;
}
