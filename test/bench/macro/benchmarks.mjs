import { ProfileFolder } from './profile.mjs';
import { runCase } from './run-case.mjs';

/** Runs cases, one after the other. A case that fails does not stop the others. */
export async function runMacro(chosen, { seconds, profile }, report) {
  const results = [];
  for (const benchCase of chosen) {
    report(benchCase.name);
    try {
      results.push(await (profile ? profiled : runCase)(benchCase, { seconds }));
    } catch (error) {
      results.push({ name: benchCase.name, error: error.message });
    }
  }
  return results;
}

/** The same with a CPU profile of the engine, which slows it: its figures are not for comparison. */
async function profiled(benchCase, options) {
  await using folder = await ProfileFolder.create();
  const result = await runCase(benchCase, { ...options, nodeOptions: folder.nodeOptions });
  return { ...result, profile: await folder.top(options.seconds) };
}
