import { percent, table, whole } from './table.mjs';

const nanos = (value) => (value < 100 ? value.toFixed(1) : whole(value));

export function microTable(results) {
  const rows = results.map(({ name, nanoseconds, bestNanoseconds, spread, perRecord }) => [
    name,
    nanos(nanoseconds),
    nanos(bestNanoseconds),
    `±${percent(spread)}`,
    ...(perRecord === undefined
      ? ['', '']
      : [perRecord.nanoseconds.toFixed(2), `${(1e3 / perRecord.nanoseconds).toFixed(1)} M`]),
  ]);
  return table(['micro', 'CPU ns/op', 'best', 'spread', 'ns/record', 'records/s'], rows);
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
