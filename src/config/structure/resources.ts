import type { Diagnostics } from '../diagnostic.js';
import { MOST_CORES } from '../limits.js';
import { structureProblems } from '../messages.js';
import type { CoreAllocation } from '../spec.js';
import { isWhole } from './count.js';
import { isNothing, MapReader } from './map-reader.js';
import { oneOf } from './one-of.js';

/** The members of the reference engine that have no effect here. */
const OTHER_MEMBERS = ['memory_limiter', 'rate_limiters'];

const ALLOCATIONS = ['all_cores', 'core_count', 'core_set'] as const;

/** Reads `resources`; `undefined` when it says nothing of cores. */
export function readResources(resources: MapReader, diagnostics: Diagnostics): CoreAllocation | undefined {
  const tree = resources.field('core_allocation');
  // Nothing at all is no choice of all cores, which an empty map is.
  const allocation =
    tree === undefined || isNothing(tree) ? undefined : resources.map('core_allocation', "'core_allocation'");
  resources.withoutEffect(...OTHER_MEMBERS);
  resources.finish();
  return allocation === undefined ? undefined : readAllocation(allocation, diagnostics);
}

/** `undefined` when something of it is wrong and reported. */
function readAllocation(allocation: MapReader, diagnostics: Diagnostics): CoreAllocation | undefined {
  const declared = oneOf(allocation, 'type', ALLOCATIONS);
  const type = allocation.field('type') === undefined ? 'all_cores' : declared;
  if (type === 'core_count') allocation.required('count');
  if (type === 'core_set') allocation.required('set');
  const count = readCoreCount(allocation);
  const cores = readCores(allocation, type === 'core_set', diagnostics);
  if (type !== undefined && type !== 'core_count') refuse(allocation, 'count', 'core_count');
  if (type !== undefined && type !== 'core_set') refuse(allocation, 'set', 'core_set');
  allocation.finish();
  switch (type) {
    case 'core_count':
      return count === undefined ? undefined : { type, count };
    case 'core_set':
      return cores === undefined ? undefined : { type, cores };
    default:
      return type === undefined ? undefined : { type };
  }
}

/** Reports a field that goes with another type. */
function refuse(allocation: MapReader, name: string, type: string): void {
  if (allocation.field(name) === undefined) return;
  allocation.problemOfKey(structureProblems.otherAllocation(name, type), name);
}

function readCoreCount(allocation: MapReader): number | undefined {
  const tree = allocation.field('count');
  if (tree === undefined || tree.kind === 'failed') return undefined;
  if (tree.kind === 'scalar' && isWhole(tree.value, 1, MOST_CORES)) return tree.value;
  allocation.problem(structureProblems.coreCount(MOST_CORES), 'count');
  return undefined;
}

interface CoreRange {
  readonly start: number;
  /** Included. */
  readonly end: number;
}

const NO_CORES: CoreRange = { start: 0, end: -1 };

/**
 * The cores of all ranges, ascending.
 *
 * @param wanted whether there must be some
 */
function readCores(
  allocation: MapReader,
  wanted: boolean,
  diagnostics: Diagnostics,
): readonly number[] | undefined {
  const items = allocation.items('set');
  const tree = allocation.field('set');
  const isEmpty = tree?.kind === 'list' ? items.length === 0 : tree !== undefined && isNothing(tree);
  if (wanted && isEmpty) allocation.problem(structureProblems.empty('set'), 'set');
  const cores = new Set<number>();
  for (const [index, item] of items.entries()) {
    const range = MapReader.open(item, allocation.at('set', index), 'this range', diagnostics);
    const { start, end } = (range === undefined ? undefined : readRange(range)) ?? NO_CORES;
    for (let core = start; core <= end; core++) {
      if (cores.has(core)) {
        allocation.problem(structureProblems.coresTwice(), 'set', index);
        break;
      }
      cores.add(core);
    }
  }
  return cores.size === 0 ? undefined : [...cores].sort((a, b) => a - b);
}

function readRange(range: MapReader): CoreRange | undefined {
  const start = readCore(range, 'start');
  const end = readCore(range, 'end');
  range.finish();
  if (start === undefined || end === undefined) return undefined;
  if (start <= end) return { start, end };
  range.problem(structureProblems.reversedCores(), 'end');
  return undefined;
}

function readCore(range: MapReader, name: string): number | undefined {
  const tree = range.required(name);
  if (tree === undefined || tree.kind === 'failed') return undefined;
  if (tree.kind === 'scalar' && isWhole(tree.value, 0, MOST_CORES - 1)) return tree.value;
  range.problem(structureProblems.coreNumber(name, MOST_CORES - 1), name);
  return undefined;
}
