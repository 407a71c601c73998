import { ClientProcess } from './client-process.mjs';
import { median, spread } from './spread.mjs';
import { Subject } from './subject.mjs';

const READY_MS = 20_000;
/** An optimizer needs some ten thousands of requests; each worker has its own, and only its share of them. */
const WARM_UP_MS = 5_000;
/** Short, so that both sides of a pair meet the same machine. */
const TURN_MS = 300;
/** At least, of records: over a hundred batches and some collections of garbage, so that one more or less does not matter. */
const TURN_RECORDS = 150_000;
/** At least and at most, of requests, when they are large or small. */
const TURN_REQUESTS = 60;
const TURN_LIMIT = 2_000;
/** However slow the machine is, this is enough for a turn. */
const LONGEST_TURN_MS = 30_000;

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
  for (let round = 0; round < rounds; round++) taken.push(await runRound(baseline, compared, pairs));
  return {
    name,
    ...contestFigures(taken.flat(), baseline.benchCase.records),
    /** Of each round. Where they differ by more than its pairs do, processes are not alike: take more rounds. */
    roundCpuRatios: taken.map((round) => median(round.map(cpuRatioOf))),
  };
}

async function runRound(baseline, compared, pairs) {
  await using first = await Subject.start(baseline.benchCase, { build: baseline.build });
  await using second = await Subject.start(compared.benchCase, { build: compared.build });
  const turnRequests = Math.min(
    TURN_LIMIT,
    Math.max(TURN_REQUESTS, TURN_RECORDS / baseline.benchCase.records),
  );
  const workers = Math.max(baseline.benchCase.workers ?? 1, compared.benchCase.workers ?? 1);
  const warmUpMs = workers * WARM_UP_MS;
  await using client = new ClientProcess('./contest-client.mjs', [first, second], {
    loads: [first.load, second.load],
    warmUpMs,
    turn: { turnMs: TURN_MS, turnRequests },
    pairs,
  });
  const answer = await client.answer(2 * (warmUpMs + pairs * LONGEST_TURN_MS) + READY_MS);
  await first.finish(answer.sent[0]);
  await second.finish(answer.sent[1]);
  return answer.pairs;
}

const cpuOf = ({ cpuMicros, requests }) => cpuMicros / requests;
const rateOf = ({ requests, millis }) => (requests * 1_000) / millis;

const cpuRatioOf = ([baseline, compared]) => cpuOf(compared) / cpuOf(baseline);

function waitedShare(pair) {
  const waited = pair.reduce((sum, side) => sum + side.waitedMicros, 0);
  return waited / (waited + pair.reduce((sum, side) => sum + side.cpuMicros, 0));
}

function sum(pairs, side) {
  const add = (field) => pairs.reduce((total, pair) => total + pair[side][field], 0);
  return { cpuMicros: add('cpuMicros'), requests: add('requests') };
}

function quietest(pairs) {
  return [...pairs].sort((a, b) => waitedShare(a) - waitedShare(b)).slice(0, Math.ceil(pairs.length / 4));
}

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
    totalCpuRatio: cpuOf(sum(pairs, 1)) / cpuOf(sum(pairs, 0)),
    cpuRatio: spread(pairs.map(cpuRatioOf)),
    /** Of the quarter of the pairs in which the engines waited the least for a core. */
    quietCpuRatio: median(quietest(pairs).map(cpuRatioOf)),
    waitedShare: median(pairs.map(waitedShare)),
    rateRatio: spread(pairs.map(([baseline, compared]) => rateOf(compared) / rateOf(baseline))),
  };
}
