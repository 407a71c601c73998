// The load: keeps a fixed number of requests under way, or an even pace, and reads the CPU times when it counts its own.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMicros, threadTimes } from './proc.mjs';
import { senders } from './senders.mjs';

let sent = 0;
let measuring = false;
let stopped = false;
const latencies = [];

async function lane(send) {
  while (!stopped) {
    const start = performance.now();
    await send();
    sent += 1;
    if (measuring) latencies.push(performance.now() - start);
  }
}

/** A request's latency counts from when it is due. What was late in the warm-up is not made up for. */
async function pacedLane(send, { offset, every }) {
  let counted = false;
  let due = performance.now() + offset;
  while (!stopped) {
    if (measuring && !counted) {
      counted = true;
      due = performance.now() + offset;
    }
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    await send();
    sent += 1;
    if (counted) latencies.push(performance.now() - due);
    due += every;
  }
}

/** All lanes; with a pace they take turns. */
function run(sends, perSecond) {
  if (perSecond === undefined) return sends.map(lane);
  const every = (sends.length * 1_000) / perSecond;
  return sends.map((send, index) => pacedLane(send, { offset: (index / sends.length) * every, every }));
}

function sample({ enginePid, sinkPid }) {
  return {
    atMs: performance.now(),
    requests: sent,
    engine: cpuMicros(enginePid),
    threads: threadTimes(enginePid),
    client: process.cpuUsage(),
    sink: cpuMicros(sinkPid),
  };
}

/** One sample at each end of the warm-up and of every slice. */
async function measure(load) {
  await sleep(load.warmUpMs);
  measuring = true;
  const samples = [sample(load)];
  for (let slice = 0; slice < load.slices; slice++) {
    await sleep(load.sliceMs);
    samples.push(sample(load));
  }
  measuring = false;
  return samples;
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

// Nothing else keeps it alive before it has its orders.
process.channel.ref();
const [load] = await once(process, 'message');
try {
  const lanes = Promise.all(run(senders[load.protocol](load), load.perSecond));
  const samples = await Promise.race([measure(load), lanes]);
  stopped = true;
  await lanes;
  latencies.sort((a, b) => a - b);
  const latencyMs = { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
  process.send({ samples, latencyMs, sent });
} catch (error) {
  process.send({ error: String(error.stack) });
}
