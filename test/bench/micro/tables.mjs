import { percent, table, whole } from '../table.mjs';

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
