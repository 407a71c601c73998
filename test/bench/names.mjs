/** How to learn the names of each kind. What is not asked for is not loaded: the macro ones need Linux. */
const KINDS = {
  micro: async () => (await import('./micro/benchmarks.mjs')).microNames(),
  scale: async () => (await import('./scale/benchmarks.mjs')).scaleNames,
  macro: async () => (await import('./macro/cases.mjs')).cases.map(({ name }) => name),
  contest: async () => (await import('./macro/contests.mjs')).contests.map(({ name }) => name),
};

/** Of everything that --filter chooses from, or of one kind of it. */
export async function namesOf(only) {
  const kinds = Object.keys(KINDS).filter((kind) => only === undefined || kind === only);
  return (await Promise.all(kinds.map((kind) => KINDS[kind]()))).flat();
}
