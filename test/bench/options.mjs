import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench -- [options]
       npm run bench -- --compare REV_A REV_B [options]
       npm run bench -- --soak [minutes] [options]

Without --compare and --soak: all benchmarks of this working tree, or those that are chosen.
  --only <kind>     micro (one operation), scale (many extensions, many lives), macro (client, engine and sink as
                    processes) or contest (two macro cases in turns, and their ratio)
  --filter <text>   only benchmarks whose name contains it
  --case <name>     only the macro case of exactly this name (repeatable)
  --list            print the names of all benchmarks, or of those of the kind that --only says, and do nothing
  --seconds <n>     how long each macro case is measured, after the warm-up (default 4)
  --pairs <n>       how many turns each side of a contest gets in a round, after the warm-up (default 10)
  --rounds <n>      how often a contest starts its processes anew (default 4)
  --profile         profile the engine's CPU in macro cases; distorts their figures

--compare: builds both commits in temporary worktrees and runs macro cases of theirs in turns, A B B A ..., with the
same client and sink. The ratio is that of B to A: below 1, B costs less CPU a request.
  --case, --filter  which cases (default: grpc and http, batch and pass-through)
  --pairs, --rounds as above

--soak: two minutes, or as many as you say (at least 2), at half of the load that the engine carries. Prints memory after
the first minute and at the end, each after a collection, the delay of the engine's event loop, and what was lost.
  --case <name>     which case (default: grpc batch)
  --seconds <n>     how long the full load is measured before (default 4)

  --json            print one JSON document in place of tables (with npm run --silent, nothing else)
  --help            print this

Ends with 0; with 1 when a process failed, a request was refused or a record was lost, or a soak found that memory grew
by more than 10 % or that the event loop's delay has a p99 over 20 ms; with 2 when the options are wrong.
`;

const MAX_SECONDS = 60;
const MAX_PAIRS = 1_000;
const MAX_ROUNDS = 20;
const MIN_MINUTES = 2;
const MAX_MINUTES = 24 * 60;

/** @throws Error that says what is wrong with the command line */
export function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      compare: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string' },
      filter: { type: 'string', default: '' },
      case: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string', default: '4' },
      pairs: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '4' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    throw new Error(`--seconds must be over 0 and at most ${MAX_SECONDS}`);
  }
  const pairs = wholeNumber(values.pairs, '--pairs', MAX_PAIRS);
  const rounds = wholeNumber(values.rounds, '--rounds', MAX_ROUNDS);
  if (![undefined, 'micro', 'scale', 'macro', 'contest'].includes(values.only)) {
    throw new Error('--only must be micro, scale, macro or contest');
  }
  return { ...values, cases: values.case, seconds, pairs, rounds, ...modeOf(values, positionals) };
}

function wholeNumber(text, option, most) {
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= 1 && number <= most)) {
    throw new Error(`${option} must be a whole number from 1 to ${most}`);
  }
  return number;
}

function modeOf({ compare, soak, only, profile }, positionals) {
  if (compare && soak) throw new Error('--compare and --soak do not go together');
  if ((compare || soak) && (only !== undefined || profile)) {
    throw new Error('--only and --profile go with neither --compare nor --soak');
  }
  if (compare) {
    if (positionals.length !== 2) throw new Error('--compare takes two revisions, REV_A REV_B');
    return { mode: 'compare', revisions: positionals };
  }
  if (positionals.length > (soak ? 1 : 0)) throw new Error(`unexpected: ${positionals.join(' ')}`);
  if (!soak) return { mode: 'benchmarks' };
  const minutes = Number(positionals[0] ?? MIN_MINUTES);
  if (!(minutes >= MIN_MINUTES && minutes <= MAX_MINUTES)) {
    throw new Error(`--soak takes ${MIN_MINUTES} to ${MAX_MINUTES} minutes`);
  }
  return { mode: 'soak', minutes };
}
