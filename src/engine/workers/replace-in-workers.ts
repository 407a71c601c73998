import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import type { Reconfigured } from './questions.js';
import { WorkerGone, type WorkerThread } from './worker-thread.js';

/**
 * Replaces the instances of a local extension: each worker, and the thread of the engine, makes its new one ready;
 * when all are, all move over, and when one fails, none does.
 *
 * @param scope in the thread of the engine
 * @returns whether there was an instance anywhere
 * @throws ConfigError or ExtensionError of the one that failed first
 */
export async function replaceInWorkers(
  scope: ExtensionScope,
  plan: ExtensionPlan,
  threads: readonly WorkerThread[],
): Promise<boolean> {
  const extension = { scope: scope.name, name: plan.name };
  const next: Reconfigured = {
    ...extension,
    config: plan.written,
    readinessMs: plan.declaredReadinessMs,
  };
  const decision = Promise.withResolvers<boolean>();
  const own = Promise.withResolvers<void>();
  const done = scope.lifecycle.replace(plan, () => {
    own.resolve();
    return decision.promise;
  });
  done.catch(() => {});
  const prepared = await Promise.allSettled([
    Promise.race([own.promise, done]),
    ...threads.map(({ link }) => link.ask('replace', next)),
  ]);
  // Another thread follows one that is gone, and builds what the plan says then.
  const failure = prepared.find(
    (result) => result.status === 'rejected' && !(result.reason instanceof WorkerGone),
  );
  const agreed = failure === undefined;
  decision.resolve(agreed);
  const decided = await Promise.allSettled(
    threads.map(({ link }) => link.ask('decide', { ...extension, agreed })),
  );
  if (failure?.status === 'rejected') {
    // It is refused, or has failed before.
    await done.catch(() => {});
    throw failure.reason;
  }
  await done;
  for (const result of decided) {
    if (result.status === 'rejected' && !(result.reason instanceof WorkerGone)) throw result.reason;
  }
  const created = decided.some((result) => result.status === 'fulfilled' && result.value);
  return created || scope.registry.own(plan.name)?.isCreated === true;
}
