import type { EngineSpec } from '../../config/spec.js';
import { CatalogError } from '../../extension/catalog.js';
import type { ComponentClass } from '../../extension/component.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import { scopeLabel } from '../../extension/scope.js';
import type { BuildRequest } from '../build-engine.js';

/** Where the classes that an application gives in code come from, as the catalog has it. */
const APPLICATION = 'the application';

/**
 * Looks whether worker threads can have everything that they are to build.
 *
 * @returns the module that they run, and the configuration
 * @throws CatalogError when a class was given in code, which stays in this thread
 */
export function checkCrossing({ plan, request, worker }: BuildRequest): {
  readonly module: URL;
  readonly spec: EngineSpec;
} {
  if (worker === undefined || plan.spec === undefined) {
    throw new CatalogError('here a pipeline runs in one thread; remove core_allocation');
  }
  const given = new Set(
    request.components.flatMap(({ origin, exports }) => (origin === APPLICATION ? [...exports] : [])),
  );
  for (const { group, id, nodes, extensions } of plan.pipelines) {
    const where = scopeLabel({ group, pipeline: id });
    for (const node of nodes) refuseGiven(given, node.componentClass, where);
    refuseLocal(given, extensions, where);
  }
  refuseLocal(given, plan.extensions, scopeLabel({}));
  for (const { id, extensions } of plan.groups) refuseLocal(given, extensions, scopeLabel({ group: id }));
  return { module: worker, spec: plan.spec };
}

/** A shared extension stays in this thread, so its class may too. */
function refuseLocal(given: ReadonlySet<unknown>, extensions: readonly ExtensionPlan[], where: string): void {
  for (const { descriptor, componentClass } of extensions) {
    if (descriptor.execution === 'local') refuseGiven(given, componentClass, where);
  }
}

function refuseGiven(given: ReadonlySet<unknown>, componentClass: ComponentClass, where: string): void {
  if (!given.has(componentClass)) return;
  throw new CatalogError(
    `${where} runs on several cores, in threads that cannot have the class ${componentClass.name}, which was given in ` +
      'code; export it from a module and name that under plugins, or remove core_allocation',
  );
}
