import { caseOf } from './cases.mjs';
import { runContest } from './contest.mjs';

/** What is compared within one run: the first name with the second as its measure. */
const CONTESTS = [
  ['grpc batch', 'grpc floor'],
  ['grpc batch', 'grpc floor, same heap'],
  ['http batch', 'http floor'],
  ['http batch', 'http floor, same heap'],
  ['grpc batch auth', 'grpc batch'],
  ['http batch auth', 'http batch'],
  ['grpc batch 2 workers', 'grpc batch 1 worker'],
  ['http batch 2 workers', 'http batch 1 worker'],
];

export const contests = CONTESTS.map(([compared, baseline]) => ({
  name: `${compared} / ${baseline}`,
  baseline: { benchCase: caseOf(baseline) },
  compared: { benchCase: caseOf(compared) },
}));

/** Runs contests, one after the other. One that fails does not stop the others. */
export async function runContests(chosen, options, report) {
  const results = [];
  for (const contest of chosen) {
    report(contest.name);
    try {
      results.push(await runContest(contest, options));
    } catch (error) {
      results.push({ name: contest.name, error: error.message });
    }
  }
  return results;
}
