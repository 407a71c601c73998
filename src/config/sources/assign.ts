import { inWords } from '../in-words.js';
import { merge } from '../merge.js';
import { type Problem, setProblems, yamlProblems } from '../messages.js';
import type { Span } from '../text/source-text.js';
import type { MapEntry, Tree } from '../tree.js';

/** A step of a path to assign to, with its place. */
export interface PlacedStep {
  readonly part: string | number;
  readonly at: Span;
}

/**
 * Lays a value over what stands at a path. Maps on the way are made where there are none; a list grows by one
 * with the index behind its last.
 */
export function assign(
  base: Tree | undefined,
  steps: readonly PlacedStep[],
  value: Tree,
  report: (problem: Problem, at: Span) => void,
): Tree | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return base === undefined ? value : merge(base, value);
  return typeof step.part === 'number'
    ? assignItem(base, step.part, step.at, (item) => assign(item, rest, value, report), report)
    : assignField(base, step.part, step.at, (field) => assign(field, rest, value, report), report);
}

type Within = (member: Tree | undefined) => Tree | undefined;
type Report = (problem: Problem, at: Span) => void;

function assignField(base: Tree | undefined, name: string, at: Span, within: Within, report: Report) {
  if (base?.kind === 'list') {
    report(setProblems.needsIndex(), at);
    return base;
  }
  if (name === '__proto__') {
    report(yamlProblems.keyForbidden(name), at);
    return base;
  }
  const entries = new Map<string, MapEntry>(base?.kind === 'map' ? base.entries : []);
  const member = within(entries.get(name)?.value);
  if (member === undefined) return base;
  entries.set(name, { key: at, value: member });
  return { kind: 'map', entries, at: base?.kind === 'map' ? base.at : at } as const;
}

function assignItem(base: Tree | undefined, index: number, at: Span, within: Within, report: Report) {
  const items = base?.kind === 'list' ? [...base.items] : [];
  if (base !== undefined && base.kind !== 'list' && !isNothing(base)) {
    report(setProblems.notAList(inWords(base)), at);
    return base;
  }
  if (index > items.length) {
    report(setProblems.outOfRange(items.length), at);
    return base;
  }
  const item = within(items[index]);
  if (item === undefined) return base;
  items[index] = item;
  return { kind: 'list', items, at: base?.kind === 'list' ? base.at : at } as const;
}

const isNothing = (tree: Tree): boolean => tree.kind === 'scalar' && tree.value === null;
