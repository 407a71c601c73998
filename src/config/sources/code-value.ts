import type { ConfigPath } from '../location.js';
import type { Problem } from '../messages.js';
import { yamlProblems } from '../messages.js';
import type { MapEntry, Tree } from '../tree.js';

/**
 * Makes a configuration that an application composed a tree. Its strings are taken as they are: an application
 * reads its variables and files itself.
 */
export function treeOfValue(
  value: unknown,
  depth: number,
  report: (problem: Problem, path: ConfigPath) => void,
  path: ConfigPath = [],
): Tree {
  if (path.length > depth) {
    report(yamlProblems.tooDeep(depth), path);
    return { kind: 'failed', at: undefined };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => treeOfValue(item, depth, report, [...path, index]));
    return { kind: 'list', items, at: undefined };
  }
  if (!isPlainObject(value)) return { kind: 'scalar', value: value ?? null, expanded: false, at: undefined };
  const entries = new Map<string, MapEntry>();
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (name === '__proto__') report(yamlProblems.keyForbidden(name), path);
    else entries.set(name, { key: undefined, value: treeOfValue(member, depth, report, [...path, name]) });
  }
  return { kind: 'map', entries, at: undefined };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm, as in a test runner's sandbox, has another Object.prototype.
  return prototype === null || (prototype as object).constructor?.name === 'Object';
}
