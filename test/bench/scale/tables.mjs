import { table, whole } from '../table.mjs';

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
