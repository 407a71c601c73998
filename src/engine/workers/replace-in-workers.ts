import { extensionErrors } from '../../extension/errors.js';
import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import { Candidate } from './candidate.js';
import type { Reconfigured } from './questions.js';
import { WorkerGone, type WorkerThread } from './worker-thread.js';

/**
 * Replaces the instances of a local extension: each worker, and the thread of the engine, makes its new one ready.
 * When all are, and each says that its own has not failed since, all move over: also one that fails from then on, which
 * counts as one that fails while it serves. When one fails before, or its thread ends, none does.
 *
 * @param scope in the thread of the engine
 * @returns whether there was an instance anywhere
 * @throws ConfigError or ExtensionError of the one that failed first
 */
export async function replaceInWorkers(
  scope: ExtensionScope,
  plan: ExtensionPlan,
  threads: readonly Pick<WorkerThread, 'link'>[],
): Promise<boolean> {
  const links = await aliveOf(threads);
  const extension = { scope: scope.name, name: plan.name };
  const next: Reconfigured = {
    ...extension,
    config: plan.written,
    readinessMs: plan.declaredReadinessMs,
  };
  const own = new Candidate(scope, plan);
  try {
    await allOf([own.ready, ...links.map((link) => link.ask('replace', next))]);
    await allOf(links.map((link) => link.ask('confirm', extension)));
    own.confirm();
  } catch (failure) {
    const refusing = links.map((link) => link.ask('decide', { ...extension, agreed: false }));
    await Promise.allSettled([own.decide(false), ...refusing]);
    // The new instance may be what it died of; whatever it was, a thread with the old one follows it.
    throw failure instanceof WorkerGone ? extensionErrors.lostWhileReplacing(plan, failure) : failure;
  }
  const [done, ...decided] = await Promise.allSettled([
    own.decide(true),
    ...links.map((link) => link.ask('decide', { ...extension, agreed: true })),
  ]);
  // Rejected when the engine stops. A worker that cannot follow is one that ends, and what follows it is built from the plan.
  if (done.status === 'rejected') throw done.reason;
  const created = decided.some((result) => result.status === 'fulfilled' && result.value);
  return created || scope.registry.own(plan.name)?.isCreated === true;
}

/**
 * The lines to the workers that still answer. One that has died, whether that is known yet or not, did so without the new
 * instance: another one follows it, and is built from what the plan says then.
 */
async function aliveOf(
  threads: readonly Pick<WorkerThread, 'link'>[],
): Promise<readonly WorkerThread['link'][]> {
  const answers = await Promise.allSettled(threads.map(({ link }) => link.ask('pulse', undefined)));
  return threads.flatMap(({ link }, index) => (answers[index]?.status === 'fulfilled' ? link : []));
}

/** Waits for all answers, also when one fails. @throws what the first of them failed with */
async function allOf(answers: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(answers)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
