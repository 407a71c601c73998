import { contestTable, macroTable, profileTable, threadsTable } from './macro/tables.mjs';
import { handleTable, microTable } from './micro/tables.mjs';
import { instancesTable, livesTable } from './scale/tables.mjs';

/** Runs the benchmarks that are chosen. What is not needed is not loaded: the macro ones need Linux. */
export async function measure(options, report) {
  const runs = (kind) => options.only === undefined || options.only === kind;
  const { filter, cases: names } = options;
  const results = { micro: [], handles: [], scale: { instances: [], lives: [] }, macro: [], contests: [] };
  // A case that is named is all that is wanted.
  if (runs('micro') && names.length === 0) {
    const { runMicro, runComparisons } = await import('./micro/benchmarks.mjs');
    results.micro = await runMicro(filter, report);
    results.handles = await runComparisons(filter, report);
  }
  if (runs('scale') && names.length === 0) {
    const { runScale } = await import('./scale/benchmarks.mjs');
    results.scale = await runScale(filter, report);
  }
  if (runs('macro')) {
    const { runMacro } = await import('./macro/benchmarks.mjs');
    const { chooseCases } = await import('./macro/cases.mjs');
    results.macro = await runMacro(chooseCases(options), options, report);
  }
  if (runs('contest') && names.length === 0) {
    const { contests, runContests } = await import('./macro/contests.mjs');
    const chosen = contests.filter(({ name }) => name.includes(filter));
    results.contests = await runContests(chosen, options, report);
  }
  return results;
}

export function tablesOf({ micro, handles, scale, macro, contests }) {
  const done = macro.filter(({ error }) => error === undefined);
  const spread = done.filter(({ workers }) => workers !== undefined);
  const profiled = done.filter(({ profile }) => profile !== undefined);
  return [
    ...(micro.length > 0 ? [microTable(micro)] : []),
    ...(handles.length > 0 ? [handleTable(handles)] : []),
    ...(scale.instances.length > 0 ? [instancesTable(scale.instances)] : []),
    ...(scale.lives.length > 0 ? [livesTable(scale.lives)] : []),
    ...(macro.length > 0 ? [macroTable(macro)] : []),
    ...(spread.length > 0 ? [threadsTable(spread)] : []),
    ...profiled.map(profileTable),
    ...(contests.length > 0 ? [contestTable(contests)] : []),
  ];
}

export function failuresOf({ micro, handles, scale, macro, contests }) {
  const all = [...micro, ...handles, ...scale.instances, ...scale.lives, ...macro, ...contests];
  if (all.length === 0) return ['no benchmark has such a name; --list names all'];
  return all.filter(({ error }) => error !== undefined).map(({ name, error }) => `${name}: ${error}`);
}
