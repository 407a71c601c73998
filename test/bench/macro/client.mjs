// The load: keeps a fixed number of requests under way, and reads the engine's CPU time when it counts its own.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMicros } from './proc.mjs';
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

function sample(pid) {
  return { atMs: performance.now(), requests: sent, cpu: cpuMicros(pid) };
}

/** One sample at each end of the warm-up and of every slice. */
async function measure(load) {
  await sleep(load.warmUpMs);
  measuring = true;
  const samples = [sample(load.enginePid)];
  for (let slice = 0; slice < load.slices; slice++) {
    await sleep(load.sliceMs);
    samples.push(sample(load.enginePid));
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
  const lanes = Promise.all(senders[load.protocol](load).map(lane));
  const samples = await Promise.race([measure(load), lanes]);
  stopped = true;
  await lanes;
  latencies.sort((a, b) => a - b);
  const latencyMs = { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
  process.send({ samples, latencyMs, sent });
} catch (error) {
  process.send({ error: String(error.stack) });
}
