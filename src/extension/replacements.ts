import type { ExtensionBundle } from './bundle.js';
import { CallsInFlight } from './calls-in-flight.js';
import type { ActiveExtension } from './context.js';
import { ExtensionError, extensionErrors } from './errors.js';
import type { LifecycleServices } from './lifecycle.js';
import type { Member } from './member.js';
import type { ExtensionPlan } from './plan.js';
import type { ExtensionRegistry } from './registry.js';
import { RunningExtension } from './running-extension.js';
import type { ExtensionSlot, PreparedReplacement } from './slot.js';

/**
 * How long an instance goes on after it was replaced at least, in milliseconds, for calls that began before the
 * replacement was asked for: they are not counted, so that a call costs nothing.
 */
export const RETIREMENT_MS = 30_000;

/** How long a new instance that cannot serve has to stop, and an old one after its last call, in milliseconds. */
const STOP_GRACE_MS = 5_000;

export interface ReplacementContext {
  readonly registry: ExtensionRegistry;
  readonly members: ReadonlyMap<ExtensionSlot, Member>;
  readonly services: LifecycleServices;
  /** Told of an instance that ends while it serves. */
  readonly onFailure: (error: ExtensionError) => void;
  /** Aborts when the scope stops. */
  readonly signal: AbortSignal;
}

/** Replaces instances of a running scope, one at a time. */
export class Replacements {
  readonly #context: ReplacementContext;
  /** New instances that do not serve yet. */
  readonly #candidates = new Set<RunningExtension>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: ReplacementContext) {
    this.#context = context;
  }

  /**
   * Builds an instance of a changed plan and makes it ready beside the old one; then leads all consumers to it at once,
   * and stops the old one after its last call.
   *
   * @throws ExtensionError when the new instance cannot be created, does not start or is not ready in time; the old
   * one then serves as before
   */
  replace(plan: ExtensionPlan): Promise<void> {
    const turn = this.#last.then(() => this.#replace(plan));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Stops new instances that do not serve yet. @returns what went wrong meanwhile */
  stop(graceMs: number): Promise<readonly (ExtensionError | undefined)[]> {
    return Promise.all([...this.#candidates].map((running) => running.stop(graceMs)));
  }

  async #replace(plan: ExtensionPlan): Promise<void> {
    const { registry, members, services, signal } = this.#context;
    const slot = registry.own(plan.name);
    if (slot === undefined || signal.aborted) throw extensionErrors.stoppedWhileReplacing(plan.name);
    const askedAt = services.clock.now();
    const calls = new CallsInFlight();
    const prepared = prepare(slot, plan, calls);
    const commit = (next: RunningExtension | undefined): void => {
      prepared.commit();
      const member = members.get(slot);
      if (member === undefined) return;
      const old = member.running;
      member.running = next;
      member.replacements++;
      if (old === undefined) return;
      old.retire();
      member.retired.add(old);
      // Nobody calls an extension without traits.
      const answersCalls = plan.descriptor.traits.length > 0;
      const restMs = answersCalls ? RETIREMENT_MS - (services.clock.now() - askedAt) : 0;
      void this.#retire(member, old, calls, restMs);
    };
    try {
      const { bundle } = prepared;
      if (bundle?.active === undefined) commit(undefined);
      else await this.#makeReady(bundle, bundle.active, commit);
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
    bundle: ExtensionBundle,
    active: ActiveExtension,
    commit: (next: RunningExtension) => void,
  ): Promise<void> {
    const { services, onFailure, signal } = this.#context;
    const { clock, logger } = services;
    const failed = Promise.withResolvers<void>();
    const next = new RunningExtension(bundle, active, clock, onFailure, failed.resolve);
    this.#candidates.add(next);
    await Promise.race([next.passBarrier().catch(() => {}), failed.promise]);
    await new Promise((resolve) => setImmediate(resolve));
    this.#candidates.delete(next);
    if (next.startFailure === undefined && !signal.aborted) {
      next.serve();
      commit(next);
      return;
    }
    const error = await next.stop(STOP_GRACE_MS);
    if (error !== undefined) logger.warn(error.message);
    throw next.startFailure === undefined
      ? extensionErrors.stoppedWhileReplacing(next.name)
      : extensionErrors.replacementFailed(next.startFailure);
  }

  /** Lets an instance that was replaced answer its last calls, then stops it; unless the scope stops, which does it. */
  async #retire(member: Member, old: RunningExtension, calls: CallsInFlight, restMs: number): Promise<void> {
    const { services, signal } = this.#context;
    const { clock, logger } = services;
    // Rejects when the scope stops.
    if (restMs > 0) await clock.sleep(restMs, signal).catch(() => {});
    await calls.settled();
    if (signal.aborted || !member.retired.delete(old)) return;
    const error = await old.stop(STOP_GRACE_MS);
    if (error !== undefined) logger.warn(error.message);
  }
}

/** Says of a failure to build that the old instance goes on. */
function prepare(slot: ExtensionSlot, plan: ExtensionPlan, calls: CallsInFlight): PreparedReplacement {
  try {
    return slot.prepare(plan, calls);
  } catch (error) {
    throw error instanceof ExtensionError ? extensionErrors.replacementFailed(error) : error;
  }
}
