import type { ExtensionTrait, TraitTarget } from '../traits/trait.js';
import type { ExtensionBundle } from './bundle.js';
import type { LastCalls } from './call-order.js';
import type { CallsInFlight } from './calls-in-flight.js';
import type { Capabilities, LookupConsumer } from './capabilities.js';
import { ExtensionError, extensionErrors } from './errors.js';
import { HandleTarget } from './handle-target.js';
import type { ExtensionPlan } from './plan.js';

/** An instance with what it was given to reach others. */
export interface BuiltInstance {
  readonly bundle: ExtensionBundle;
  readonly capabilities: Capabilities;
}

/**
 * Builds instances of a plan in the container of the plan's scope.
 *
 * @param consumer namespace of the one that a `per_consumer` instance is for
 */
export type InstanceBuilder = (plan: ExtensionPlan, consumer: string | undefined) => BuiltInstance;

/** The scope of a slot, as the slot sees it. */
export interface SlotHost {
  readonly build: InstanceBuilder;
  /** Whether an instance that nobody asked for so far may still be created. */
  mayCreate(plan: ExtensionPlan): boolean;
  /** The nearest extension of that name. */
  find(name: string): ExtensionSlot | undefined;
}

/** The key of the one instance of a `single` extension. */
const EVERYBODY = '';

const consumerOf = (key: string): string | undefined => (key === EVERYBODY ? undefined : key);

/**
 * The place of one named extension in its scope: it stays while instances in it come and go. Consumers hold handles
 * that lead to whatever instance is in it.
 */
export class ExtensionSlot {
  #plan: ExtensionPlan;
  readonly #host: SlotHost;
  /** One; with `per_consumer` one for each consumer, by its namespace. */
  readonly #occupants = new Map<string, Occupant>();
  #creating = false;
  #failure: ExtensionError | undefined;

  constructor(plan: ExtensionPlan, host: SlotHost) {
    this.#plan = plan;
    this.#host = host;
  }

  get name(): string {
    return this.#plan.name;
  }

  /** The plan of the instance that serves now. */
  get plan(): ExtensionPlan {
    return this.#plan;
  }

  get #single(): boolean {
    return this.#plan.descriptor.instancing === 'single';
  }

  /** The one instance of a `single` extension, when there is one. */
  get bundle(): ExtensionBundle | undefined {
    return this.#occupants.get(EVERYBODY)?.instance.bundle;
  }

  get isCreated(): boolean {
    return this.size > 0;
  }

  /** How many instances serve. */
  get size(): number {
    return this.#occupants.size;
  }

  /** The extensions that its instances have asked for so far. */
  get dependencies(): ReadonlySet<ExtensionSlot> {
    const found = new Set<ExtensionSlot>();
    for (const occupant of this.#occupants.values()) {
      for (const dependency of occupant.dependencies) found.add(dependency);
    }
    return found;
  }

  /** The extensions that its plan binds. */
  get bound(): readonly ExtensionSlot[] {
    return [...this.#plan.capabilities.values()].flatMap((name) => this.#host.find(name) ?? []);
  }

  /** Whether `create` would try to. */
  get canBeCreated(): boolean {
    const tried = this.isCreated || this.#creating || this.#failure !== undefined;
    return this.#single && !tried && this.#host.mayCreate(this.#plan);
  }

  /** Creates the instance, as `create` does; whoever asks for it is thrown why it could not be. */
  tryToCreate(): void {
    try {
      this.create();
    } catch (error) {
      if (error !== this.#failure) throw error;
    }
  }

  /**
   * Creates the instance of a `single` extension, if there is none yet.
   *
   * @throws ExtensionError `CreationFailed`, the same one at each call
   */
  create(): void {
    if (this.#single) this.#occupant(EVERYBODY);
  }

  /**
   * What a consumer holds of the extension.
   *
   * @throws ExtensionError `TraitNotImplemented`; `NotBound` when nothing bound it in time to be created;
   * `CreationFailed`
   */
  handle<T>(trait: ExtensionTrait<T>, consumer: LookupConsumer): T {
    return trait.handle(this.target(trait, consumer), consumer);
  }

  /** What the handles of a consumer forward to. @throws as `handle` */
  target<T>(trait: ExtensionTrait<T>, consumer: LookupConsumer): TraitTarget<T> {
    const { name, descriptor } = this.#plan;
    if (!descriptor.traits.includes(trait)) {
      throw extensionErrors.traitNotImplemented(
        consumer,
        name,
        descriptor.urn.short,
        trait,
        descriptor.traits,
      );
    }
    const key = this.#single ? EVERYBODY : consumer.namespace;
    if (!this.#occupants.has(key) && !this.#host.mayCreate(this.#plan)) {
      throw extensionErrors.notCreated(consumer, name, trait);
    }
    return this.#occupant(key).target(trait);
  }

  /**
   * Builds what a changed plan says beside what serves now. Calls are counted from here on.
   *
   * @throws ExtensionError `CreationFailed`; nothing has changed then
   */
  prepare(plan: ExtensionPlan, calls: CallsInFlight): PreparedReplacement {
    const next = [...this.#occupants].map(([key, occupant]) => ({
      occupant,
      instance: this.#host.build(plan, consumerOf(key)),
    }));
    for (const { occupant } of next) occupant.watch(calls);
    return {
      bundle: this.#single ? next[0]?.instance.bundle : undefined,
      commit: () => {
        const last = next.flatMap(({ occupant, instance }) => occupant.move(instance));
        this.#plan = plan;
        this.#failure = undefined;
        return last;
      },
      abandon: () => {
        for (const { occupant } of next) occupant.unwatch();
      },
    };
  }

  /** Lets the instances look up nothing more. */
  dispose(): void {
    for (const { instance } of this.#occupants.values()) instance.capabilities.dispose();
  }

  #occupant(key: string): Occupant {
    const present = this.#occupants.get(key);
    if (present !== undefined) return present;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#creating) throw extensionErrors.createdInACircle(this.#plan);
    this.#creating = true;
    try {
      const created = new Occupant(this.#host.build(this.#plan, consumerOf(key)));
      this.#occupants.set(key, created);
      return created;
    } catch (error) {
      if (error instanceof ExtensionError) this.#failure = error;
      throw error;
    } finally {
      this.#creating = false;
    }
  }
}

/** A new instance that does not serve yet. */
export interface PreparedReplacement {
  /** Of a `single` extension. */
  readonly bundle: ExtensionBundle | undefined;
  /**
   * Leads all consumers to it.
   *
   * @returns what calls wait for that keep their order
   */
  commit(): readonly LastCalls[];
  /** Leaves things as they are. */
  abandon(): void;
}

/** A `HandleTarget` of any trait. */
interface Movable {
  watch(calls: CallsInFlight): void;
  unwatch(): void;
  move(instance: unknown): LastCalls | undefined;
}

/** An instance in a slot, and what leads to it. */
class Occupant {
  #instance: BuiltInstance;
  /** What those before it asked for: they may still run. */
  readonly #former = new Set<ExtensionSlot>();
  /** Set while the instance is being replaced. */
  #calls: CallsInFlight | undefined;
  readonly #targets = new Map<ExtensionTrait<unknown>, Movable>();

  constructor(instance: BuiltInstance) {
    this.#instance = instance;
  }

  get instance(): BuiltInstance {
    return this.#instance;
  }

  get dependencies(): readonly ExtensionSlot[] {
    return [...this.#former, ...this.#instance.capabilities.dependencies];
  }

  target<T>(trait: ExtensionTrait<T>): HandleTarget<T> {
    let target = this.#targets.get(trait) as HandleTarget<T> | undefined;
    if (target === undefined) {
      // The slot looked that the class implements the trait.
      target = new HandleTarget(this.#instance.bundle.find(trait) as T);
      this.#targets.set(trait, target);
      if (this.#calls !== undefined) target.watch(this.#calls);
    }
    return target;
  }

  watch(calls: CallsInFlight): void {
    this.#calls = calls;
    for (const target of this.#targets.values()) target.watch(calls);
  }

  unwatch(): void {
    this.#calls = undefined;
    for (const target of this.#targets.values()) target.unwatch();
  }

  move(instance: BuiltInstance): readonly LastCalls[] {
    for (const dependency of this.#instance.capabilities.dependencies) this.#former.add(dependency);
    this.#instance = instance;
    this.#calls = undefined;
    return [...this.#targets].flatMap(([trait, target]) => target.move(instance.bundle.find(trait)) ?? []);
  }
}
