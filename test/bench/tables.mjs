const whole = (value) => Math.round(value).toLocaleString('en-US');
const percent = (share) => `${(share * 100).toFixed(1)} %`;

const nanos = (value) => (value < 100 ? value.toFixed(1) : whole(value));

export function microTable(results) {
  const rows = results.map(({ name, nanoseconds, bestNanoseconds, spread, recordsPerSecond }) => [
    name,
    nanos(nanoseconds),
    nanos(bestNanoseconds),
    `±${percent(spread)}`,
    recordsPerSecond === undefined ? '' : `${(recordsPerSecond / 1e6).toFixed(1)} M`,
  ]);
  return table(['micro', 'CPU ns/op', 'best', 'spread', 'records/s'], rows);
}

/** Each row: the same call directly and through a handle, in CPU nanoseconds, and what the handle adds. */
export function handleTable(results) {
  const rows = results.map(({ name, direct, through, difference, quartiles, bestDifference }) => [
    name,
    direct.toFixed(1),
    through.toFixed(1),
    difference.toFixed(1),
    quartiles.map((value) => value.toFixed(1)).join(' to '),
    bestDifference.toFixed(1),
  ]);
  const header = ['call through a handle, CPU ns', 'direct', 'handle', 'difference', 'quartiles', 'best'];
  return table(header, rows);
}

/** Each row: a pipeline of so many extensions. */
export function instancesTable(results) {
  const rows = results.map(({ count, buildCpuMs, buildMs, startMs, stopMs, bytesPerInstance }) => [
    `${whole(count)} in one pipeline`,
    buildCpuMs.toFixed(0),
    buildMs.toFixed(0),
    ((buildCpuMs * 1_000) / count).toFixed(0),
    startMs.toFixed(0),
    stopMs.toFixed(0),
    whole(bytesPerInstance),
  ]);
  const header = [
    'instances',
    'build CPU ms',
    'build ms',
    'CPU µs each',
    'start ms',
    'stop ms',
    'bytes each',
  ];
  return table(header, rows);
}

/** Each row: a life that was lived many times. */
export function livesTable(results) {
  const rows = results.map(
    ({ name, cycles, millisPerCycle, heapBytes, bytesPerCycle, objectsMade, objectsLeft }) => [
      `${whole(cycles)} ${name}`,
      millisPerCycle.toFixed(2),
      (heapBytes[0] / 2 ** 20).toFixed(2),
      (heapBytes.at(-1) / 2 ** 20).toFixed(2),
      bytesPerCycle.toFixed(1),
      whole(objectsMade),
      whole(objectsLeft),
    ],
  );
  const header = ['lives', 'ms each', 'heap MiB first', 'last', 'bytes each left', 'objects made', 'left'];
  return table(header, rows);
}

export function macroTable(results) {
  const rows = results.map((result) =>
    result.error === undefined ? macroRow(result) : [result.name, `failed: ${result.error.split('\n')[0]}`],
  );
  const header = [
    'macro',
    'req/s',
    'records/s',
    'CPU µs/req',
    'best',
    'spread',
    'cores',
    'p50 ms',
    'p99 ms',
    'peak MiB',
  ];
  return table(header, rows);
}

function macroRow(result) {
  return [
    result.name,
    whole(result.requestsPerSecond),
    whole(result.recordsPerSecond),
    result.cpuMicrosPerRequest.toFixed(1),
    result.bestCpuMicrosPerRequest.toFixed(1),
    `±${percent(result.cpuSpread)}`,
    result.cores.toFixed(2),
    result.latencyMs.p50.toFixed(1),
    result.latencyMs.p99.toFixed(1),
    whole(result.peakRssBytes / 2 ** 20),
  ];
}

/** Each row: one thing as a multiple of another, turn against turn of the same run. */
export function contestTable(results) {
  const rows = results.map((result) =>
    result.error === undefined ? contestRow(result) : [result.name, `failed: ${result.error.split('\n')[0]}`],
  );
  const header = [
    'compared / baseline',
    'CPU µs/req',
    'baseline',
    'ratio',
    'quartiles',
    'range',
    'req/s ratio',
  ];
  return table(header, rows);
}

function contestRow({ name, cpuMicrosPerRequest: [baseline, compared], cpuRatio, rateRatio }) {
  return [
    name,
    compared.toFixed(1),
    baseline.toFixed(1),
    cpuRatio.median.toFixed(3),
    cpuRatio.quartiles.map((value) => value.toFixed(2)).join(' to '),
    `${cpuRatio.least.toFixed(2)} to ${cpuRatio.most.toFixed(2)}`,
    rateRatio.median.toFixed(2),
  ];
}

export function profileTable({ name, profile }) {
  return table(
    [`self time, ${name}`, 'share'],
    profile.map((entry) => [entry.name, percent(entry.share)]),
  );
}

/** The first column to the left, numbers to the right. A row that is short, such as a failure, widens nothing. */
function table(header, rows) {
  const full = [header, ...rows.filter((row) => row.length === header.length)];
  const first = Math.max(...[header, ...rows].map(([name]) => name.length));
  const widths = header.map((_, column) => Math.max(...full.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(first) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}
