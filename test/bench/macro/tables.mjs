import { failure, mebibytes, percent, table, whole } from '../table.mjs';
import { LEAST_FOR_CERTAIN } from './spread.mjs';

/** Each row: a way through the engine, or a floor. */
export function macroTable(results) {
  const rows = results.map((result) => (result.error === undefined ? macroRow(result) : failure(result)));
  const header = [
    'macro',
    'req/s',
    'records/s',
    'CPU µs/req',
    'best',
    'spread',
    'µs/record',
    'engine',
    'client',
    'sink',
    'p50 ms',
    'p99 ms',
    'peak MiB',
    'waited',
  ];
  return `${table(header, rows)}

CPU is the engine process's alone, all its threads. engine, client, sink: cores that each used; the engine is the limit
where it used about as many as it has workers. waited: share of the time in which the engine had work and got no core.`;
}

function macroRow(result) {
  return [
    result.name,
    whole(result.requestsPerSecond),
    whole(result.recordsPerSecond),
    result.cpuMicrosPerRequest.toFixed(1),
    result.bestCpuMicrosPerRequest.toFixed(1),
    `±${percent(result.cpuSpread)}`,
    result.cpuMicrosPerRecord.toFixed(2),
    ...['engine', 'client', 'sink'].map((role) => result.cores[role].toFixed(2)),
    result.latencyMs.p50.toFixed(1),
    result.latencyMs.p99.toFixed(1),
    mebibytes(result.peakRssBytes),
    percent(result.waitedShare),
  ];
}

/** Each row: how an engine with workers spread its load. */
export function threadsTable(results) {
  const rows = results.map(({ name, threads, busiestShare }) => [
    name,
    String(threads),
    percent(busiestShare),
  ]);
  return table(['threads', 'that run JavaScript', "the busiest one's share of the CPU"], rows);
}

/** Each row: one thing as a multiple of another, turn against turn of the same run. */
export function contestTable(results) {
  const rows = results.map((result) => (result.error === undefined ? contestRow(result) : failure(result)));
  const header = [
    'compared / baseline',
    'CPU µs/req',
    'baseline',
    'ratio',
    'certain',
    'range',
    'by round',
    'total',
    'quiet',
    'waited',
    'pairs',
    'req/s',
    'baseline',
    'ratio',
  ];
  return `${table(header, rows)}

ratio: median over the pairs of turns. certain: where that of many more pairs would lie (95 %), which takes
${LEAST_FOR_CERTAIN} pairs or more; if 1 is within, there may be no difference. range: of all pairs. by round: the median
of each; where these lie apart, processes are not alike, and more rounds say more than more pairs. total: of all turns
together. quiet: the median of the quarter of the pairs in which the engines waited the least for a core. waited: the
median share of the time in which they had work and got none; the more, the less a ratio says.`;
}

function contestRow(result) {
  const { name, baseline, compared, pairs, cpuRatio, rateRatio, waitedShare } = result;
  const { roundCpuRatios, totalCpuRatio, quietCpuRatio } = result;
  return [
    name,
    compared.cpuMicrosPerRequest.toFixed(1),
    baseline.cpuMicrosPerRequest.toFixed(1),
    cpuRatio.median.toFixed(3),
    cpuRatio.certain?.map((value) => value.toFixed(2)).join(' to ') ?? '-',
    `${cpuRatio.least.toFixed(2)} to ${cpuRatio.most.toFixed(2)}`,
    roundCpuRatios.map((value) => value.toFixed(2)).join(' '),
    totalCpuRatio.toFixed(3),
    quietCpuRatio.toFixed(3),
    percent(waitedShare),
    String(pairs),
    whole(compared.requestsPerSecond),
    whole(baseline.requestsPerSecond),
    rateRatio.median.toFixed(2),
  ];
}

export function profileTable({ name, profile }) {
  return table(
    [`self time, ${name}`, 'share'],
    profile.map((entry) => [entry.name, percent(entry.share)]),
  );
}
