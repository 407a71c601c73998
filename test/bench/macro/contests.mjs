import { floors } from './cases.mjs';
import { runContest } from './contest.mjs';

/** What is compared within one run. */
export const contests = floors.map((floor) => ({
  name: `${floor.protocol} batch / floor`,
  baseline: floor,
  compared: { ...floor, floor: false },
}));

/** Runs all contests whose name contains `filter`. One that fails does not stop the others. */
export async function runContests({ filter, pairs }, report) {
  const results = [];
  for (const contest of contests.filter(({ name }) => name.includes(filter))) {
    report(contest.name);
    try {
      results.push(await runContest(contest, { pairs }));
    } catch (error) {
      results.push({ name: contest.name, error: error.message });
    }
  }
  return results;
}
