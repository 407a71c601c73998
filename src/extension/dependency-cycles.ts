import type { Diagnostics } from '../config/diagnostic.js';
import type { DeclaredExtension, DeclaredScope } from './declared-scope.js';

/**
 * Reports every circle of extensions that use each other, once, with all of its members and their places. A circle
 * lies in one scope, for no extension can bind one of a narrower scope.
 */
export function reportCycles(scopes: readonly DeclaredScope[], diagnostics: Diagnostics): void {
  const done = new Set<DeclaredExtension>();
  for (const scope of scopes) {
    for (const extension of scope.extensions) visit(extension, done, diagnostics);
  }
}

/** Looks at everything that can be reached, with a stack of its own: a chain may be longer than the call stack is deep. */
function visit(start: DeclaredExtension, done: Set<DeclaredExtension>, diagnostics: Diagnostics): void {
  if (done.has(start)) return;
  /** What is left to look at of each extension on the path, in the order of the path. */
  const path = new Map([[start, start.dependencies.values()]]);
  const stack = [start];
  for (let last = stack.at(-1); last !== undefined; last = stack.at(-1)) {
    const dependency = path.get(last)?.next().value;
    if (dependency === undefined) {
      path.delete(last);
      stack.pop();
      done.add(last);
    } else if (path.has(dependency)) {
      report(stack.slice(stack.indexOf(dependency)), diagnostics);
    } else if (!done.has(dependency)) {
      path.set(dependency, dependency.dependencies.values());
      stack.push(dependency);
    }
  }
}

function report(cycle: readonly DeclaredExtension[], diagnostics: Diagnostics): void {
  const [first] = cycle;
  if (first === undefined) return;
  const steps = [...cycle, first].map(({ spec }) => {
    const at = diagnostics.sources.locate(spec.path, 'key');
    return at === undefined ? `'${spec.id}'` : `'${spec.id}' (${at.file}:${at.line}:${at.column})`;
  });
  diagnostics.error(
    'dependency_cycle',
    [...first.spec.path, 'capabilities'],
    cycle.length === 1
      ? `extension ${steps[0]} uses itself; bind another one, or remove the binding`
      : `these extensions use each other in a circle: ${steps.join(' -> ')}; remove one of the bindings`,
    'key',
  );
}
