import { failure, mebibytes, percent, table, whole } from '../table.mjs';

export function soakTable(results) {
  const rows = results.map((result) => (result.error === undefined ? soakRow(result) : failure(result)));
  const header = [
    'soak',
    'minutes',
    'req/s asked',
    'carried',
    'CPU µs/req',
    'memory MiB first',
    'end',
    'ratio',
    'live MiB first',
    'end',
    'ratio',
    'peak MiB',
    'loop p50 ms',
    'p99',
    'own p99',
    'max',
    'p99 ms',
    'waited',
    'lost',
  ];
  return `${table(header, rows)}

memory: the process's, live: its heaps' with what they hold outside, each the least of several collections in the first
minute and at the end, under load. loop: how late the event loop was; own: at most the CPU time that its thread used
meanwhile, the rest is the machine's doing. p99 ms: latency of requests. waited: share of the time in which the engine had
work and got no core.`;
}

function soakRow(result) {
  const { first, last, delayMs } = result;
  return [
    result.name,
    String(result.minutes),
    whole(result.perSecond),
    whole(result.requestsPerSecond),
    result.cpuMicrosPerRequest.toFixed(1),
    ...['rss', 'live'].flatMap((kind) => [
      mebibytes(first[kind]),
      mebibytes(last[kind]),
      (last[kind] / first[kind]).toFixed(3),
    ]),
    mebibytes(result.peakRssBytes),
    ...['p50', 'p99', 'ownP99', 'max'].map((key) => delayMs[key].toFixed(1)),
    result.latencyMs.p99.toFixed(1),
    percent(result.waitedShare),
    // A soak that lost something is a failure and has no row of figures.
    '0',
  ];
}
