import { ConfigError } from '../../config/config-error.js';
import { Diagnostics } from '../../config/diagnostic.js';
import { noSource } from '../../config/location.js';
import { Catalog, type CatalogSource } from '../../extension/catalog.js';
import type { ExtensionPlan, StandIn } from '../../extension/plan.js';
import { addPlugins } from '../load-plugins.js';
import { planScopes, type ScopePlans } from '../plan-scopes.js';
import type { WorkerJob } from './questions.js';
import { standInEntry, withStandIns } from './stand-ins.js';

/**
 * Plans what a worker builds, from a configuration that its engine has checked.
 *
 * @param lead leads to a shared extension
 * @throws ConfigError when this thread sees something wrong in it, such as a plugin that loads in one thread only
 */
export async function workerPlans(
  job: WorkerJob,
  builtIns: CatalogSource,
  lead: (plan: ExtensionPlan) => StandIn,
): Promise<ScopePlans> {
  const diagnostics = new Diagnostics(noSource);
  const catalog = new Catalog([builtIns]);
  const spec = { ...job.spec, sources: noSource };
  await addPlugins(catalog, job, spec, diagnostics);
  catalog.override(job.standIns.map(standInEntry));
  const plans = planScopes(spec, { catalog, diagnostics });
  if (diagnostics.hasErrors) throw new ConfigError(diagnostics.sorted(), noSource);
  return withStandIns(plans, lead);
}
