import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { ExtensionPlan } from '../../extension/plan.js';
import { Candidate } from './candidate.js';
import type { Reconfigured } from './questions.js';
import { WorkerGone, type WorkerThread } from './worker-thread.js';

/**
 * Replaces the instances of a local extension: each worker, and the thread of the engine, makes its new one ready.
 * When all are, and each says that its own has not failed since, all move over: also one that fails from then on, which
 * counts as one that fails while it serves. When one fails before, none does.
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
  const extension = { scope: scope.name, name: plan.name };
  const next: Reconfigured = {
    ...extension,
    config: plan.written,
    readinessMs: plan.declaredReadinessMs,
  };
  const own = new Candidate(scope, plan);
  try {
    await allOf([own.ready, ...threads.map(({ link }) => link.ask('replace', next))]);
    await allOf(threads.map(({ link }) => link.ask('confirm', extension)));
    own.confirm();
  } catch (failure) {
    const refusing = threads.map(({ link }) => link.ask('decide', { ...extension, agreed: false }));
    await Promise.allSettled([own.decide(false), ...refusing]);
    throw failure;
  }
  const [done, ...decided] = await Promise.allSettled([
    own.decide(true),
    ...threads.map(({ link }) => link.ask('decide', { ...extension, agreed: true })),
  ]);
  for (const result of [done, ...decided]) {
    if (result.status === 'rejected' && !(result.reason instanceof WorkerGone)) throw result.reason;
  }
  const created = decided.some((result) => result.status === 'fulfilled' && result.value);
  return created || scope.registry.own(plan.name)?.isCreated === true;
}

/** Waits for all answers. @throws the first of what they failed with, unless the worker is gone */
async function allOf(answers: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(answers);
  // Another thread follows one that is gone, and builds what the plan says then.
  const failure = results.find(
    (result) => result.status === 'rejected' && !(result.reason instanceof WorkerGone),
  );
  if (failure?.status === 'rejected') throw failure.reason;
}
