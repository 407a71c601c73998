import { caseOf, chooseCases } from '../macro/cases.mjs';
import { runContests } from '../macro/contests.mjs';
import { contestTable } from '../macro/tables.mjs';
import { Worktrees } from './worktrees.mjs';

const USUAL = ['grpc batch', 'http batch', 'grpc pass-through', 'http pass-through'];

/** Two commits, by the same client and sink: those of this working tree. */
export async function measure(options, report) {
  const { revisions, cases: names, filter } = options;
  const chosen = names.length > 0 || filter !== '' ? chooseCases(options) : USUAL.map(caseOf);
  // A floor is the same whatever the commit.
  const cases = chosen.filter(({ floor }) => !floor);
  using worktrees = new Worktrees();
  const built = [];
  for (const [index, revision] of revisions.entries()) {
    report(`building ${revision}`);
    built.push(await worktrees.build(index === 0 ? 'a' : 'b', revision));
  }
  const contests = cases.map((benchCase) => ({
    name: benchCase.name,
    baseline: { benchCase, build: built[0].build },
    compared: { benchCase, build: built[1].build },
  }));
  return {
    commits: built.map(({ revision, commit, subject }) => ({ revision, commit, subject })),
    contests: await runContests(contests, options, report),
  };
}

export function tablesOf({ commits: [a, b], contests }) {
  const line = (role, { commit, subject }) => `${role}: ${commit} ${subject}`;
  return [`${line('baseline', a)}\n${line('compared', b)}`, contestTable(contests)];
}

export function failuresOf({ contests }) {
  if (contests.length === 0) return ['no case has such a name; --list names them'];
  return contests.filter(({ error }) => error !== undefined).map(({ name, error }) => `${name}: ${error}`);
}
