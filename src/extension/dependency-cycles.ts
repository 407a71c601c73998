import type { Diagnostics } from '../config/diagnostic.js';
import type { DeclaredExtension, DeclaredScope } from './declared-scope.js';

/**
 * Reports every circle of extensions that use each other, once, with all of its members and their places. A circle
 * lies in one scope, for no extension can bind one of a narrower scope.
 */
export function reportCycles(scopes: readonly DeclaredScope[], diagnostics: Diagnostics): void {
  const done = new Set<DeclaredExtension>();
  for (const scope of scopes) {
    for (const extension of scope.extensions) visit(extension, [], new Set(), done, diagnostics);
  }
}

function visit(
  extension: DeclaredExtension,
  path: DeclaredExtension[],
  onPath: Set<DeclaredExtension>,
  done: Set<DeclaredExtension>,
  diagnostics: Diagnostics,
): void {
  if (done.has(extension)) return;
  if (onPath.has(extension)) {
    report(path.slice(path.indexOf(extension)), diagnostics);
    return;
  }
  path.push(extension);
  onPath.add(extension);
  for (const dependency of extension.dependencies) visit(dependency, path, onPath, done, diagnostics);
  path.pop();
  onPath.delete(extension);
  done.add(extension);
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
