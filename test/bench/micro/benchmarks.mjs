import { logRequest } from '../log-request.mjs';
import { channelBenchmarks } from './channel.mjs';
import { extensionBenchmarks } from './extension.mjs';
import { measure } from './measure.mjs';
import { pdataBenchmarks } from './pdata.mjs';

/** Runs all micro benchmarks whose name contains `filter`, one after the other. */
export async function runMicro(filter, report) {
  const request = logRequest();
  const benchmarks = [...extensionBenchmarks(), ...channelBenchmarks(request), ...pdataBenchmarks(request)];
  const results = [];
  for (const benchmark of benchmarks.filter(({ name }) => name.includes(filter))) {
    report(benchmark.name);
    results.push(await measure(benchmark));
  }
  return results;
}
