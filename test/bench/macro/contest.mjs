import { BenchProcess } from './bench-process.mjs';
import { median, spread } from './spread.mjs';
import { Subject } from './subject.mjs';

const READY_MS = 20_000;
/** An optimizer needs some thousands of requests. */
const WARM_UP_MS = 2_500;
/** Short, so that both sides of a pair meet the same machine. */
const TURN_MS = 250;

/**
 * Runs two subjects beside each other, the load turning from one to the other, and compares turn with turn. Each round
 * has processes of its own, for what the optimizer made of one stays with it.
 *
 * @param contest `name`, and `baseline` and `compared`: each a `benchCase` and perhaps a `build`
 * @param pairs how many turns each side gets in a round, after the warm-up
 * @returns of each side the medians of its turns, and the ratios compared/baseline of the pairs
 * @throws Error as `runCase` does
 */
export async function runContest({ name, baseline, compared }, { pairs, rounds }) {
  const taken = [];
  for (let round = 0; round < rounds; round++) taken.push(...(await runRound(baseline, compared, pairs)));
  return { name, rounds, ...contestFigures(taken, baseline.benchCase.records) };
}

async function runRound(baseline, compared, pairs) {
  await using first = await Subject.start(baseline.benchCase, { build: baseline.build });
  await using second = await Subject.start(compared.benchCase, { build: compared.build });
  await using client = new BenchProcess('client', new URL('./contest-client.mjs', import.meta.url));
  client.send({ loads: [first.load, second.load], warmUpMs: WARM_UP_MS, turnMs: TURN_MS, pairs });
  const answer = await client.message(2 * (WARM_UP_MS + pairs * TURN_MS) * 2 + READY_MS);
  await first.finish(answer.sent[0]);
  await second.finish(answer.sent[1]);
  return answer.pairs;
}

const cpuOf = ({ cpuMicros, requests }) => cpuMicros / requests;
const rateOf = ({ requests, millis }) => (requests * 1_000) / millis;

function contestFigures(pairs, records) {
  const side = (index) => {
    const cpuMicrosPerRequest = median(pairs.map((pair) => cpuOf(pair[index])));
    return {
      cpuMicrosPerRequest,
      cpuMicrosPerRecord: cpuMicrosPerRequest / records,
      requestsPerSecond: median(pairs.map((pair) => rateOf(pair[index]))),
    };
  };
  return {
    pairs: pairs.length,
    baseline: side(0),
    compared: side(1),
    cpuRatio: spread(pairs.map(([baseline, compared]) => cpuOf(compared) / cpuOf(baseline))),
    rateRatio: spread(pairs.map(([baseline, compared]) => rateOf(compared) / rateOf(baseline))),
  };
}
