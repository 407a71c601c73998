import { RECORDS } from '../log-request.mjs';

/**
 * What the client's samples say.
 *
 * @returns rates, the engine's CPU microseconds a request: over all, of the best slice, which other load on the
 * machine has disturbed the least, and half of the range of the slices as a share of the first
 */
export function figures({ samples, latencyMs }, records = RECORDS) {
  const first = samples[0];
  const last = samples.at(-1);
  const whole = between(first, last, records);
  const slices = samples
    .slice(1)
    .map((sample, index) => between(samples[index], sample, records).cpuMicrosPerRequest);
  return {
    ...whole,
    bestCpuMicrosPerRequest: Math.min(...slices),
    cpuSpread: (Math.max(...slices) - Math.min(...slices)) / 2 / whole.cpuMicrosPerRequest,
    latencyMs,
  };
}

function between(from, to, records) {
  const requests = to.requests - from.requests;
  const seconds = (to.atMs - from.atMs) / 1_000;
  const user = to.cpu.user - from.cpu.user;
  const system = to.cpu.system - from.cpu.system;
  return {
    requestsPerSecond: requests / seconds,
    recordsPerSecond: (requests * records) / seconds,
    cpuMicrosPerRequest: (user + system) / requests,
    userMicrosPerRequest: user / requests,
    systemMicrosPerRequest: system / requests,
    /** How much of one core the engine used; below 1 the client, the sink or the machine was the limit. */
    cores: (user + system) / 1e6 / seconds,
  };
}
