/**
 * What the client's samples say.
 *
 * @returns rates, the engine's CPU microseconds a request and a record: over all, of the best slice, which other load
 * on the machine has disturbed the least, and half of the range of the slices as a share of the first
 */
export function figures({ samples, latencyMs }, records) {
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
    ...threadFigures(first.threads, last.threads),
    latencyMs,
  };
}

function between(from, to, records) {
  const requests = to.requests - from.requests;
  const micros = (to.atMs - from.atMs) * 1_000;
  const used = (role) => ({
    user: to[role].user - from[role].user,
    system: to[role].system - from[role].system,
  });
  const { user, system } = used('engine');
  const cpu = total(to.threads, 'cpuMicros') - total(from.threads, 'cpuMicros');
  const cores = (role) => (used(role).user + used(role).system) / micros;
  return {
    requestsPerSecond: (requests * 1e6) / micros,
    recordsPerSecond: (requests * records * 1e6) / micros,
    cpuMicrosPerRequest: cpu / requests,
    cpuMicrosPerRecord: cpu / requests / records,
    userMicrosPerRequest: user / requests,
    systemMicrosPerRequest: system / requests,
    /** How many cores each used; when the engine's is below its threads, another or the machine was the limit. */
    cores: { engine: cpu / micros, client: cores('client'), sink: cores('sink') },
  };
}

function total(threads, field) {
  return threads.reduce((sum, thread) => sum + thread[field], 0);
}

/**
 * How the load was spread, and how much the machine was in the way.
 *
 * @returns the threads that run JavaScript; what share of their time the busiest had; and what share of the time in
 * which threads were ready to run they waited for a core
 */
function threadFigures(first, last) {
  const before = new Map(first.map((thread) => [thread.id, thread]));
  const used = last.map(({ id, runsJavaScript, cpuMicros, waitedMicros }) => ({
    runsJavaScript,
    cpuMicros: cpuMicros - (before.get(id)?.cpuMicros ?? 0),
    waitedMicros: waitedMicros - (before.get(id)?.waitedMicros ?? 0),
  }));
  const scripted = used.filter((thread) => thread.runsJavaScript);
  const waited = total(scripted, 'waitedMicros');
  return {
    threads: scripted.length,
    busiestShare: Math.max(...scripted.map((thread) => thread.cpuMicros)) / total(scripted, 'cpuMicros'),
    waitedShare: waited / (waited + total(scripted, 'cpuMicros')),
  };
}
