import { ClientProcess } from './client-process.mjs';
import { figures } from './figures.mjs';
import { Subject } from './subject.mjs';

const READY_MS = 20_000;
const WARM_UP_MS = 1_500;
const SLICES = 4;

/**
 * Runs one case: sink, engine and client as processes of their own.
 *
 * @param seconds how long it is measured, after the warm-up
 * @param nodeOptions for the engine
 * @throws Error when a process fails, a request is refused, or a record does not arrive
 */
export async function runCase(benchCase, { seconds, nodeOptions }) {
  await using subject = await Subject.start(benchCase, { nodeOptions });
  const slicing = { warmUpMs: WARM_UP_MS, slices: SLICES, sliceMs: (seconds * 1_000) / SLICES };
  await using client = new ClientProcess('./client.mjs', [subject], { ...subject.load, ...slicing });
  const measured = await client.answer(WARM_UP_MS + seconds * 1_000 + READY_MS);
  const { peakRssBytes } = await subject.finish(measured.sent);
  const { name, records, workers } = benchCase;
  return { name, records, workers, ...figures(measured, records), peakRssBytes };
}
