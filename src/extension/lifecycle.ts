import { whenAborted } from './abort.js';
import { orderByDependency } from './dependency-order.js';
import { combineErrors, type ExtensionError, extensionErrors } from './errors.js';
import { type LifecycleServices, STOP_GRACE_MS } from './lifecycle-services.js';
import { Member } from './member.js';
import type { ExtensionPlan } from './plan.js';
import type { ExtensionRegistry } from './registry.js';
import { type Agreement, Replacements } from './replacements.js';
import { RunningExtension } from './running-extension.js';
import type { ExtensionSlot } from './slot.js';
import { type ExtensionStatus, statusOf } from './status.js';
import { stopInOrder } from './stop-order.js';

/**
 * Step 5: starts the instances of a scope, each after those that it uses are ready, holds the data path until those that
 * asked for it are ready, notices one that ends too early, replaces one while the others go on, and stops them all,
 * each before those that it uses. Passive instances have no part in it.
 */
export class ExtensionLifecycle {
  readonly #registry: ExtensionRegistry;
  readonly #services: LifecycleServices;
  readonly #onFailure: (error: ExtensionError) => void;
  readonly #onMishap: (error: ExtensionError) => void;
  readonly #members = new Map<ExtensionSlot, Member>();
  readonly #stopping = new AbortController();
  readonly #forced = Promise.withResolvers<void>();
  /** Mishaps that somebody was told of. */
  readonly #told = new WeakSet<ExtensionError>();
  readonly #replacements: Replacements;
  #stopped: Promise<readonly ExtensionError[]> | undefined;

  /**
   * @param onFailure told of an instance that ends, with or without an error, after `start` and before `stop`
   * @param onMishap told of what went wrong beside that no caller is told of; it is in the log already
   */
  constructor(
    registry: ExtensionRegistry,
    services: LifecycleServices,
    onFailure: (error: ExtensionError) => void,
    onMishap: (error: ExtensionError) => void = () => {},
  ) {
    this.#registry = registry;
    this.#services = services;
    this.#onFailure = onFailure;
    this.#onMishap = onMishap;
    const { signal } = this.#stopping;
    this.#replacements = new Replacements({
      services,
      onFailure,
      onMishap: (error) => this.#tell(error),
      signal,
      memberOf: (name) => {
        const slot = registry.own(name);
        return slot === undefined ? undefined : this.#memberOf(slot);
      },
    });
  }

  get statuses(): readonly ExtensionStatus[] {
    return this.#registry.created.map((slot) => statusOf(slot, this.#members.get(slot)));
  }

  /**
   * Starts every instance as soon as those that it uses are ready, in the order of declaration where nothing else
   * orders them, and waits until the barrier is passed. When one fails, the others are stopped before this rejects.
   *
   * @throws ExtensionError `Disposed` when it was stopped meanwhile; `StartFailed`, `NotReady` or `EndedEarly`; an AggregateError when several failed
   */
  async start(): Promise<void> {
    const { created } = this.#registry;
    for (const slot of created) this.#memberOf(slot);
    if (created.every((slot) => slot.bundle?.active === undefined)) return;
    const startFailed = Promise.withResolvers<void>();
    const order = orderByDependency(created);
    // Those that are used come first.
    for (const [slot, dependencies] of order) this.#startAfter(slot, dependencies, startFailed.resolve);
    const barrier = Promise.all([...this.#members.values()].map(({ started }) => started));
    // Turns a rejection into "look at what failed": instances can fail beside the one that is reported first.
    await Promise.race([barrier.catch(() => {}), startFailed.promise]);
    // An instance that nobody waits for still fails the start when it fails at once.
    await new Promise((resolve) => setImmediate(resolve));
    const members = [...this.#members.values()];
    const failed = members.filter(({ running }) => running?.startFailure !== undefined);
    if (failed.length === 0) {
      if (this.#stopping.signal.aborted) throw extensionErrors.stoppedWhileStarting();
      for (const { running } of members) running?.serve();
      return;
    }
    await this.#failStart(members, failed, order);
  }

  /**
   * Replaces an instance by one of another plan with the same name while the others go on.
   *
   * @param agreed asked when the new instance can serve: whether it is to. Those of other threads are waited for like this.
   * @throws ExtensionError when the new instance cannot serve; the old one then serves as before
   */
  replace(plan: ExtensionPlan, agreed?: Agreement): Promise<void> {
    return this.#replacements.replace(plan, agreed);
  }

  /**
   * Stops every instance, also one that is still starting: those that use others first, independent ones together, in
   * one grace time of which each leaves a share to those that it uses.
   *
   * @param force aborts when there is no more time to wait: whatever has not stopped is then left to itself, at whichever call
   * it was given
   * @returns what went wrong meanwhile, told to the first caller only; nothing is thrown, so that no failure keeps another
   * instance running
   */
  async stop(force?: AbortSignal): Promise<readonly ExtensionError[]> {
    if (force !== undefined) void whenAborted(force).then(this.#forced.resolve);
    if (this.#stopped !== undefined) {
      await this.#stopped;
      return [];
    }
    this.#stopped = this.#stop();
    return await this.#stopped;
  }

  async #stop(): Promise<readonly ExtensionError[]> {
    this.#stopping.abort();
    // Passive instances that were created late may stand between two that are stopped one after the other.
    for (const slot of this.#registry.created) this.#memberOf(slot);
    const { clock } = this.#services;
    const stopped = await Promise.all(stopInOrder(this.#members, clock, STOP_GRACE_MS, this.#forced.promise));
    for (const slot of this.#members.keys()) slot.dispose();
    return stopped.flat().flatMap((error) => (error !== undefined && this.#isNews(error) ? error : []));
  }

  /** Logs what went wrong with an instance that does not serve. */
  #tell(error: ExtensionError): void {
    if (!this.#isNews(error)) return;
    this.#services.logger.warn(error.message);
    this.#onMishap(error);
  }

  /** An instance that is replaced while the scope stops is stopped by both, and tells both. */
  #isNews(error: ExtensionError): boolean {
    if (this.#told.has(error)) return false;
    this.#told.add(error);
    return true;
  }

  #memberOf(slot: ExtensionSlot): Member {
    const member = this.#members.get(slot) ?? new Member(slot);
    this.#members.set(slot, member);
    return member;
  }

  #startAfter(slot: ExtensionSlot, dependencies: readonly ExtensionSlot[], onStartFailure: () => void): void {
    const member = this.#memberOf(slot);
    const launch = (): Promise<void> => this.#launch(member, onStartFailure);
    member.started =
      dependencies.length === 0
        ? launch()
        : Promise.all(dependencies.map((dependency) => this.#members.get(dependency)?.started)).then(launch);
  }

  async #launch(member: Member, onStartFailure: () => void): Promise<void> {
    const { bundle } = member.slot;
    const active = bundle?.active;
    if (bundle === undefined || active === undefined || this.#stopping.signal.aborted) return;
    member.running = new RunningExtension(bundle, active, this.#services.clock, {
      failed: this.#onFailure,
      retiredFailed: (error) => this.#tell(error),
      startFailed: onStartFailure,
      ended: (end, error) => member.noteEnd(end, error),
    });
    await member.running.passBarrier();
  }

  /** Stops what runs and tells the whole story. */
  async #failStart(
    members: readonly Member[],
    failed: readonly Member[],
    order: ReadonlyMap<ExtensionSlot, readonly ExtensionSlot[]>,
  ): Promise<never> {
    const names = (some: readonly Member[]): string[] => some.map(({ slot }) => slot.name);
    const notStarted = members.filter((member) => member.running === undefined && member.isActive);
    const lost = usersOfAny(new Set(failed.map(({ slot }) => slot)), order);
    const outcome = {
      notStarted: names(notStarted.filter(({ slot }) => lost.has(slot))),
      notYetStarted: names(notStarted.filter(({ slot }) => !lost.has(slot))),
      stopped: names(members.filter((m) => m.running !== undefined && !failed.includes(m))),
    };
    const failures = failed.flatMap(({ running }) => running?.startFailure ?? []);
    for (const error of await this.stop()) {
      this.#services.logger.error(error.message);
      this.#onMishap(error);
    }
    const [first, ...others] = failures as [ExtensionError, ...ExtensionError[]];
    if (others.length === 0) throw extensionErrors.withOutcome(first, outcome);
    throw combineErrors(`${failures.length} extensions failed to start:`, [
      first,
      ...others.slice(0, -1),
      extensionErrors.withOutcome(others.at(-1) ?? first, outcome),
    ]);
  }
}

/** What uses, directly or through others, one of some extensions. */
function usersOfAny(
  some: ReadonlySet<ExtensionSlot>,
  order: ReadonlyMap<ExtensionSlot, readonly ExtensionSlot[]>,
): ReadonlySet<ExtensionSlot> {
  const users = new Set<ExtensionSlot>();
  // Those that are used come first.
  for (const [slot, dependencies] of order) {
    if (dependencies.some((dependency) => some.has(dependency) || users.has(dependency))) users.add(slot);
  }
  return users;
}
