// `npm run bench -- --help` says what it can do.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { readOptions, USAGE } from './options.mjs';

const MODES = {
  benchmarks: () => import('./benchmarks.mjs'),
  compare: () => import('./compare/compare.mjs'),
  soak: () => import('./soak/soak.mjs'),
};

/** What a reader has to know of the machine, its load before and after included: figures of a busy one are worse. */
async function run(options) {
  const report = (text) => process.stderr.write(`${text} ...\n`);
  const before = loadavg()[0];
  const { measure, tablesOf, failuresOf } = await MODES[options.mode]();
  const results = await measure(options, report);
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    loadAverage: { before, after: loadavg()[0] },
  };
  if (options.json) process.stdout.write(`${JSON.stringify({ machine, ...results }, undefined, 2)}\n`);
  else process.stdout.write(`${[...tablesOf(results), machineLine(machine)].join('\n\n')}\n`);
  const failures = failuresOf(results);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  return failures.length === 0 ? 0 : 1;
}

function machineLine({ node, cpu, cores, loadAverage: { before, after } }) {
  const load = `load average ${before.toFixed(1)} before, ${after.toFixed(1)} after`;
  return `Node ${node}, ${cores} cores, ${cpu ?? 'CPU unknown'}; ${load}`;
}

let options;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}

if (options.help) process.stdout.write(USAGE);
else if (options.list) {
  const { namesOf } = await import('./names.mjs');
  process.stdout.write(`${(await namesOf(options.only)).join('\n')}\n`);
} else {
  try {
    process.exitCode = await run(options);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
