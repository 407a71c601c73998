// `npm run bench -- --help` says what it can do.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  contestTable,
  handleTable,
  instancesTable,
  livesTable,
  macroTable,
  microTable,
  profileTable,
} from './tables.mjs';

const USAGE = `Usage: npm run bench -- [options]

  --json            print one JSON document in place of tables
  --only <kind>     micro, scale, macro or contest
  --filter <text>   only benchmarks whose name contains it
  --seconds <n>     how long each macro case is measured, after the warm-up (default 4)
  --pairs <n>       how many turns each side of a contest gets, after the warm-up (default 8)
  --profile         profile the engine's CPU in macro cases; distorts their figures
  --help            print this
`;

const MAX_SECONDS = 60;
const MAX_PAIRS = 200;

function readOptions() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      filter: { type: 'string', default: '' },
      seconds: { type: 'string', default: '4' },
      pairs: { type: 'string', default: '8' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    throw new Error(`--seconds must be over 0 and at most ${MAX_SECONDS}`);
  }
  const pairs = Number(values.pairs);
  if (!(Number.isInteger(pairs) && pairs >= 1 && pairs <= MAX_PAIRS)) {
    throw new Error(`--pairs must be a whole number from 1 to ${MAX_PAIRS}`);
  }
  if (![undefined, 'micro', 'scale', 'macro', 'contest'].includes(values.only)) {
    throw new Error('--only must be micro, scale, macro or contest');
  }
  return { ...values, seconds, pairs };
}

async function run(options) {
  const report = (name) => process.stderr.write(`${name} ...\n`);
  const runs = (kind) => options.only === undefined || options.only === kind;
  const { runMicro, runComparisons } = await import('./micro/benchmarks.mjs');
  const micro = runs('micro') ? await runMicro(options.filter, report) : [];
  const handles = runs('micro') ? await runComparisons(options.filter, report) : [];
  const { runScale } = await import('./scale/benchmarks.mjs');
  const scale = runs('scale') ? await runScale(options.filter, report) : { instances: [], lives: [] };
  const macro = runs('macro') ? await (await import('./macro/benchmarks.mjs')).runMacro(options, report) : [];
  const contests = runs('contest')
    ? await (await import('./macro/contests.mjs')).runContests(options, report)
    : [];
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  return { ...machine, micro, handles, scale, macro, contests };
}

function print(results, json) {
  if (json) {
    process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
    return;
  }
  const { micro, handles, scale, macro, contests } = results;
  const tables = [
    ...(micro.length > 0 ? [microTable(micro)] : []),
    ...(handles.length > 0 ? [handleTable(handles)] : []),
    ...(scale.instances.length > 0 ? [instancesTable(scale.instances)] : []),
    ...(scale.lives.length > 0 ? [livesTable(scale.lives)] : []),
    ...(macro.length > 0 ? [macroTable(macro)] : []),
    ...(contests.length > 0 ? [contestTable(contests)] : []),
    ...macro.filter(({ profile }) => profile !== undefined).map(profileTable),
  ];
  process.stdout.write(`${tables.join('\n\n')}\n`);
}

let options;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}

if (options.help) {
  process.stdout.write(USAGE);
} else {
  const results = await run(options);
  print(results, options.json);
  const failed = [...results.macro, ...results.contests].filter(({ error }) => error !== undefined);
  for (const { name, error } of failed) process.stderr.write(`${name}: ${error}\n`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
