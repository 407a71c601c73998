import { logRequest } from '../log-request.mjs';
import { channelBenchmarks } from './channel.mjs';
import { extensionBenchmarks } from './extension.mjs';
import { handleComparisons } from './handle.mjs';
import { compare, measure } from './measure.mjs';
import { pdataBenchmarks } from './pdata.mjs';
import { viewBenchmarks } from './views.mjs';

function microBenchmarks() {
  const request = logRequest();
  return [
    ...extensionBenchmarks(),
    ...channelBenchmarks(request),
    ...pdataBenchmarks(request),
    ...viewBenchmarks(request),
  ];
}

/** Of all micro benchmarks and comparisons. */
export function microNames() {
  return [...microBenchmarks(), ...handleComparisons()].map(({ name }) => name);
}

/** Runs all micro benchmarks whose name contains `filter`, one after the other. */
export async function runMicro(filter, report) {
  const results = [];
  for (const benchmark of microBenchmarks().filter(({ name }) => name.includes(filter))) {
    report(benchmark.name);
    results.push(await measure(benchmark));
  }
  return results;
}

/** Runs all comparisons whose name contains `filter`, one after the other. */
export async function runComparisons(filter, report) {
  const results = [];
  for (const comparison of handleComparisons().filter(({ name }) => name.includes(filter))) {
    report(comparison.name);
    results.push(await compare(comparison));
  }
  return results;
}
