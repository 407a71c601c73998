const SAMPLES = 11;
const SAMPLE_MS = 40;

/**
 * Times `run(n)`, which does the operation n times and may be async. The loop belongs to the benchmark, so that the
 * optimizer sees it as it sees a loop of the engine.
 *
 * @returns nanoseconds of CPU an operation, garbage collection included: the median of the samples, the best, and
 * half of the middle samples' range as a share of the median
 */
export async function measure({ name, run, records }) {
  let iterations = 1;
  // Doubling until a sample is long enough is the warm-up too.
  while ((await cpuMillis(run, iterations)) < SAMPLE_MS) iterations *= 2;
  const samples = [];
  for (let index = 0; index < SAMPLES; index++) {
    samples.push(((await cpuMillis(run, iterations)) * 1e6) / iterations);
  }
  samples.sort((a, b) => a - b);
  const nanoseconds = samples[SAMPLES >> 1];
  const middle = samples.slice(Math.floor(SAMPLES / 4), Math.ceil((SAMPLES * 3) / 4));
  return {
    name,
    nanoseconds,
    bestNanoseconds: samples[0],
    spread: (middle.at(-1) - middle[0]) / 2 / nanoseconds,
    ...(records === undefined ? {} : { perRecord: { records, nanoseconds: nanoseconds / records } }),
  };
}

const ROUNDS = 21;

/**
 * Times two ways to do the same thing in turns, so that whatever else the machine does meets both alike.
 *
 * @returns CPU nanoseconds of each, the medians of the rounds, and of the differences within a round the median, the
 * quartiles and, between the best of each way, the smallest
 */
export async function compare({ name, prepare }) {
  const { direct, compared } = await prepare();
  let iterations = 1;
  while (Math.min(await cpuMillis(direct, iterations), await cpuMillis(compared, iterations)) < SAMPLE_MS) {
    iterations *= 2;
  }
  const nanos = async (run) => ((await cpuMillis(run, iterations)) * 1e6) / iterations;
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first pays for the garbage of the other.
    const first = round % 2 === 0 ? await nanos(direct) : undefined;
    const through = await nanos(compared);
    rounds.push({ direct: first ?? (await nanos(direct)), through });
  }
  const sorted = (values) => values.sort((a, b) => a - b);
  const differences = sorted(rounds.map((round) => round.through - round.direct));
  const [directs, throughs] = ['direct', 'through'].map((way) => sorted(rounds.map((round) => round[way])));
  return {
    name,
    direct: directs[ROUNDS >> 1],
    through: throughs[ROUNDS >> 1],
    difference: differences[ROUNDS >> 1],
    quartiles: [differences[ROUNDS >> 2], differences[ROUNDS - 1 - (ROUNDS >> 2)]],
    bestDifference: throughs[0] - directs[0],
  };
}

/** CPU time, not time on the clock: what other processes take meanwhile is not the operation's. */
async function cpuMillis(run, iterations) {
  const start = process.cpuUsage();
  consume(await run(iterations));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

let consumed;

/** Makes a result visible from outside, so that the work behind it cannot be optimized away. */
function consume(value) {
  consumed = value;
  return consumed;
}
