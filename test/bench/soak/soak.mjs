import { setTimeout as sleep } from 'node:timers/promises';
import { caseOf } from '../macro/cases.mjs';
import { ClientProcess } from '../macro/client-process.mjs';
import { figures } from '../macro/figures.mjs';
import { runCase } from '../macro/run-case.mjs';
import { Subject } from '../macro/subject.mjs';
import { soakTable } from './tables.mjs';
import { MEMORY_MS, WATCHED, WatchedEngine } from './watched-engine.mjs';

const MINUTE_MS = 60_000;
const WARM_UP_MS = 5_000;
const LATE_MS = 30_000;

/** What a soak must keep to. */
export const LIMITS = { memoryRatio: 1.1, delayP99Ms: 20, carriedShare: 0.95 };

/** Half of what the engine carries, for so many minutes. */
export async function measure({ cases: names, minutes, seconds }, report) {
  const results = [];
  for (const name of names.length > 0 ? names : ['grpc batch']) {
    const benchCase = caseOf(name);
    report(`${name}: full load`);
    try {
      const full = await runCase(benchCase, { seconds });
      const perSecond = Math.floor(full.requestsPerSecond / 2);
      report(`${name}: ${minutes} minutes of ${perSecond} requests/s`);
      results.push({ name, perSecond, ...(await soak({ ...benchCase, perSecond }, minutes)) });
    } catch (error) {
      results.push({ name, error: error.message });
    }
  }
  return { soak: results };
}

async function soak(benchCase, minutes) {
  await using subject = await Subject.start(benchCase, { nodeOptions: WATCHED });
  const slicing = {
    warmUpMs: WARM_UP_MS,
    slices: Math.round(minutes),
    sliceMs: (minutes * MINUTE_MS) / Math.round(minutes),
  };
  await using client = new ClientProcess('./client.mjs', [subject], { ...subject.load, ...slicing });
  const load = client.answer(WARM_UP_MS + minutes * MINUTE_MS + LATE_MS);
  const watched = watch(new WatchedEngine(subject.process), minutes * MINUTE_MS);
  // The one that fails first says why; the other ends with its process.
  watched.catch(() => {});
  const measured = await Promise.race([load, watched.then(() => load)]);
  const observed = await watched;
  const { peakRssBytes } = await subject.finish(measured.sent);
  return { minutes, ...observed, ...figures(measured, benchCase.records), peakRssBytes };
}

async function watch(engine, millis) {
  await sleep(WARM_UP_MS);
  await engine.reset();
  await sleep(MINUTE_MS - MEMORY_MS);
  const first = await engine.memory();
  await sleep(millis - MINUTE_MS - 2 * MEMORY_MS);
  const last = await engine.memory();
  return { first, last, delayMs: await engine.delays() };
}

export function tablesOf({ soak: results }) {
  return [soakTable(results)];
}

/** What a soak has failed in, in words. */
export function failuresOf({ soak: results }) {
  return results.flatMap((result) =>
    (result.error === undefined ? broken(result) : [result.error]).map((text) => `${result.name}: ${text}`),
  );
}

function broken({ first, last, delayMs, perSecond, requestsPerSecond }) {
  const times = (ratio) => `${ratio.toFixed(2)} times`;
  const grown = last.rss / first.rss;
  return [
    ...(grown > LIMITS.memoryRatio
      ? [`memory at the end is ${times(grown)} that of the first minute, over ${LIMITS.memoryRatio}`]
      : []),
    ...(delayMs.p99 > LIMITS.delayP99Ms
      ? [
          `the event loop's delay has a p99 of ${delayMs.p99.toFixed(1)} ms, over ${LIMITS.delayP99Ms}; its own work explains ${delayMs.ownP99.toFixed(1)}`,
        ]
      : []),
    ...(requestsPerSecond < perSecond * LIMITS.carriedShare
      ? [`${requestsPerSecond.toFixed(0)} of ${perSecond} requests a second were carried`]
      : []),
  ];
}
