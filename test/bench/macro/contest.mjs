import { logRequest } from '../log-request.mjs';
import { BenchProcess } from './bench-process.mjs';
import { median, spread } from './spread.mjs';
import { Subject } from './subject.mjs';

const READY_MS = 20_000;
/** An optimizer needs some thousands of requests. */
const WARM_UP_MS = 2_500;
const TURN_MS = 600;
const SETTLE_MS = 250;

/**
 * Runs two subjects beside each other, the load turning from one to the other, and compares turn with turn.
 *
 * @param contest `name`, and the cases `baseline` and `compared`
 * @param pairs how many turns each gets, after the warm-up
 * @returns of each side the medians of its turns, and the ratios compared/baseline of the pairs
 * @throws Error as `runCase` does
 */
export async function runContest({ name, baseline, compared }, { pairs }) {
  await using first = await Subject.start(baseline);
  await using second = await Subject.start(compared);
  await using client = new BenchProcess('client', new URL('./contest-client.mjs', import.meta.url));
  const request = logRequest(baseline.records);
  client.send({
    targets: [first, second].map(({ target }) => ({ ...target, request, connections: 4, lanes: 8 })),
    warmUpMs: WARM_UP_MS,
    turnMs: TURN_MS,
    pairs,
  });
  const longest = 2 * (WARM_UP_MS + SETTLE_MS + pairs * (TURN_MS + SETTLE_MS)) + READY_MS;
  const { turns, sent } = await client.message(longest);
  await first.finish(sent[0]);
  await second.finish(sent[1]);
  return { name, ...contestFigures(turns) };
}

const cpuOf = ({ cpuMicros, requests }) => cpuMicros / requests;
const rateOf = ({ requests, millis }) => (requests * 1_000) / millis;

export function contestFigures(turns) {
  return {
    pairs: turns.length,
    cpuMicrosPerRequest: [0, 1].map((side) => median(turns.map((pair) => cpuOf(pair[side])))),
    requestsPerSecond: [0, 1].map((side) => median(turns.map((pair) => rateOf(pair[side])))),
    cpuRatio: spread(turns.map(([baseline, compared]) => cpuOf(compared) / cpuOf(baseline))),
    rateRatio: spread(turns.map(([baseline, compared]) => rateOf(compared) / rateOf(baseline))),
  };
}
