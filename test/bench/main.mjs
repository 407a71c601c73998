// `npm run bench -- --help` says what it can do.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { handleTable, instancesTable, livesTable, macroTable, microTable, profileTable } from './tables.mjs';

const USAGE = `Usage: npm run bench -- [options]

  --json            print one JSON document in place of tables
  --only <kind>     micro, scale or macro
  --filter <text>   only benchmarks whose name contains it
  --seconds <n>     how long each macro case is measured, after the warm-up (default 4)
  --profile         profile the engine's CPU in macro cases; distorts their figures
  --help            print this
`;

const MAX_SECONDS = 60;

function readOptions() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      filter: { type: 'string', default: '' },
      seconds: { type: 'string', default: '4' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    throw new Error(`--seconds must be over 0 and at most ${MAX_SECONDS}`);
  }
  if (![undefined, 'micro', 'scale', 'macro'].includes(values.only)) {
    throw new Error('--only must be micro, scale or macro');
  }
  return { ...values, seconds };
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
  return { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, micro, handles, scale, macro };
}

function print(results, json) {
  if (json) {
    process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
    return;
  }
  const { micro, handles, scale, macro } = results;
  const tables = [
    ...(micro.length > 0 ? [microTable(micro)] : []),
    ...(handles.length > 0 ? [handleTable(handles)] : []),
    ...(scale.instances.length > 0 ? [instancesTable(scale.instances)] : []),
    ...(scale.lives.length > 0 ? [livesTable(scale.lives)] : []),
    ...(macro.length > 0 ? [macroTable(macro)] : []),
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
  for (const { name, error } of results.macro) {
    if (error !== undefined) process.stderr.write(`${name}: ${error}\n`);
  }
  process.exitCode = results.macro.some(({ error }) => error !== undefined) ? 1 : 0;
}
