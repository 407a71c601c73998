import { cases } from './cases.mjs';
import { contests } from './contests.mjs';

/** Of everything that --case and --filter choose from, micro benchmarks aside. */
export const names = [...cases, ...contests].map(({ name }) => name);
