import type { ExtensionBundle } from './bundle.js';
import type { LastCalls } from './call-order.js';
import { CallsInFlight } from './calls-in-flight.js';
import type { ActiveExtension } from './context.js';
import { ExtensionError, extensionErrors } from './errors.js';
import { type LifecycleServices, STOP_GRACE_MS } from './lifecycle-services.js';
import type { Member } from './member.js';
import type { ExtensionPlan } from './plan.js';
import { RunningExtension } from './running-extension.js';
import type { ExtensionSlot, PreparedReplacement } from './slot.js';

/**
 * How long an instance goes on after it was replaced at least, in milliseconds: for calls that began before the
 * replacement was asked for, which are not counted, so that a call costs nothing; and for what consumers still do with
 * what one of its methods gave them.
 */
export const RETIREMENT_MS = 30_000;

/**
 * How long calls that keep their order wait while none of those before them ends, in milliseconds. A store limits its own
 * calls, to 2 s where nothing else is said; one that does not is given as long as the old instance goes on in any case. A
 * long queue that gets shorter is waited for to its end.
 */
export const STUCK_CALLS_MS = 30_000;

/**
 * Whether a new instance that can serve is to take the old one's place. It does so also when it has failed meanwhile, and
 * counts as one that fails while it serves: whoever agrees has told others that it will.
 *
 * @param failure why it cannot serve any more; `undefined` while it can
 */
export type Agreement = (failure: () => ExtensionError | undefined) => Promise<boolean>;

export interface ReplacementContext {
  /** The extension of that name, if the scope declares it. */
  readonly memberOf: (name: string) => Member | undefined;
  readonly services: LifecycleServices;
  /** Told of an instance that ends while it serves. */
  readonly onFailure: (error: ExtensionError) => void;
  /** Told of what went wrong with an instance that does not serve, once it is over. */
  readonly onMishap: (error: ExtensionError) => void;
  /** Aborts when the scope stops. */
  readonly signal: AbortSignal;
}

/** Replaces instances of a running scope, one at a time. */
export class Replacements {
  readonly #context: ReplacementContext;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: ReplacementContext) {
    this.#context = context;
  }

  /**
   * Builds an instance of a changed plan and makes it ready beside the old one; then leads all consumers to it at once,
   * and stops the old one after its last call.
   *
   * @throws ExtensionError when the new instance cannot be created, does not start or is not ready in time, or was not
   * agreed to; the old one then serves as before
   */
  replace(plan: ExtensionPlan, agreed?: Agreement): Promise<void> {
    const turn = this.#last.then(() => this.#replace(plan, agreed));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #replace(plan: ExtensionPlan, agreed: Agreement | undefined): Promise<void> {
    const { memberOf, signal } = this.#context;
    const member = memberOf(plan.name);
    if (member === undefined || signal.aborted) throw extensionErrors.stoppedWhileReplacing(plan);
    const calls = new CallsInFlight();
    const prepared = prepare(member.slot, plan, calls);
    const commit = (next: RunningExtension | undefined): void => {
      const last = prepared.commit();
      for (const calls of last) void this.#limit(plan, calls);
      const old = member.running;
      member.running = next;
      member.replacements++;
      if (old === undefined) return;
      old.retire();
      member.retired.add(old);
      void this.#retire(member, old, calls, last);
    };
    try {
      const { bundle } = prepared;
      if (bundle?.active !== undefined) await this.#makeReady(member, bundle, bundle.active, agreed, commit);
      else {
        // Where nobody need agree at once: a consumer that comes meanwhile would be given an instance of the old plan.
        if (agreed !== undefined && !(await agreed(() => undefined)))
          throw extensionErrors.replacementRefused(plan);
        commit(undefined);
      }
    } catch (error) {
      prepared.abandon();
      throw error;
    }
  }

  /**
   * Starts a new instance beside the old one.
   *
   * @param commit called when it can serve, in the same step as that is known: no stop comes between
   * @throws ExtensionError when it cannot serve; it is stopped then
   */
  async #makeReady(
    member: Member,
    bundle: ExtensionBundle,
    active: ActiveExtension,
    agreed: Agreement | undefined,
    commit: (next: RunningExtension) => void,
  ): Promise<void> {
    const { services, onFailure, onMishap, signal } = this.#context;
    const failed = Promise.withResolvers<void>();
    const next = new RunningExtension(bundle, active, services.clock, {
      failed: onFailure,
      retiredFailed: onMishap,
      startFailed: failed.resolve,
      ended: (end, error) => member.noteEnd(end, error),
    });
    member.candidate = next;
    await Promise.race([next.passBarrier().catch(() => {}), failed.promise]);
    await new Promise((resolve) => setImmediate(resolve));
    const canServe = next.startFailure === undefined && !signal.aborted;
    const refused = canServe && agreed !== undefined && !(await agreed(() => next.startFailure));
    if (canServe && !refused && !signal.aborted) {
      next.serve();
      member.candidate = undefined;
      commit(next);
      if (next.startFailure !== undefined) onFailure(next.startFailure);
      return;
    }
    const error = await next.stop(STOP_GRACE_MS);
    member.candidate = undefined;
    if (error !== undefined) onMishap(error);
    if (next.startFailure !== undefined)
      throw extensionErrors.replacementFailed(bundle.plan, next.startFailure);
    throw refused
      ? extensionErrors.replacementRefused(bundle.plan)
      : extensionErrors.stoppedWhileReplacing(bundle.plan);
  }

  /** Lets no call wait for ever for those before it. */
  async #limit(plan: ExtensionPlan, last: LastCalls): Promise<void> {
    const { clock, logger } = this.#context.services;
    // What stands in for an instance in another thread leads to the same place, and there the order is kept.
    if (plan.standIn !== undefined) last.giveUp();
    for (let ended = -1; ended !== last.ended; ) {
      ended = last.ended;
      const late = Promise.withResolvers<'late'>();
      using _timer = clock.setTimeout(() => late.resolve('late'), STUCK_CALLS_MS);
      if ((await Promise.race([last.over, late.promise])) !== 'late') return;
    }
    logger.warn(extensionErrors.stuckCalls(plan, last.giveUp(), STUCK_CALLS_MS));
  }

  /** Lets an instance that was replaced answer its last calls, then stops it; unless the scope stops, which does it. */
  async #retire(
    member: Member,
    old: RunningExtension,
    calls: CallsInFlight,
    last: readonly LastCalls[],
  ): Promise<void> {
    const { services, onMishap, signal } = this.#context;
    // Nobody calls an extension without traits.
    if (old.bundle.descriptor.traits.length > 0) {
      // Rejects when the scope stops.
      await services.clock.sleep(RETIREMENT_MS, signal).catch(() => {});
      await calls.settled();
      for (const { over } of last) await over;
    }
    if (signal.aborted) return;
    const error = await old.stop(STOP_GRACE_MS);
    member.retired.delete(old);
    if (error !== undefined) onMishap(error);
  }
}

/** Says of a failure to build that the old instance goes on. */
function prepare(slot: ExtensionSlot, plan: ExtensionPlan, calls: CallsInFlight): PreparedReplacement {
  try {
    return slot.prepare(plan, calls);
  } catch (error) {
    throw error instanceof ExtensionError ? extensionErrors.replacementFailed(plan, error) : error;
  }
}
