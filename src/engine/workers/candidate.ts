import { type ExtensionError, extensionErrors } from '../../extension/errors.js';
import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { ExtensionPlan } from '../../extension/plan.js';

/** The new instance of one thread, which waits for those of the others until it is decided whether they are to serve. */
export class Candidate {
  /** Resolves when it can serve. Rejects with an ExtensionError when it cannot. */
  readonly ready: Promise<void>;
  readonly #plan: ExtensionPlan;
  readonly #decision = Promise.withResolvers<boolean>();
  readonly #done: Promise<void>;
  #failure: () => ExtensionError | undefined = () => undefined;

  /** Builds and starts it beside the one that serves, when it is its turn in its scope. */
  constructor({ lifecycle }: ExtensionScope, plan: ExtensionPlan) {
    this.#plan = plan;
    const ready = Promise.withResolvers<void>();
    this.#done = lifecycle.replace(plan, (failure) => {
      this.#failure = failure;
      ready.resolve();
      return this.#decision.promise;
    });
    this.ready = Promise.race([ready.promise, this.#done]);
    // Whoever decides is told of what becomes of it.
    this.#done.catch(() => {});
    this.ready.catch(() => {});
  }

  /** @throws ExtensionError when it has failed since it was ready */
  confirm(): void {
    const failure = this.#failure();
    if (failure !== undefined) throw extensionErrors.replacementFailed(this.#plan, failure);
  }

  /**
   * Has it take the old one's place, or stop. Resolves when that is done.
   *
   * @throws ExtensionError when it was to serve and its scope stopped meanwhile
   */
  async decide(agreed: boolean): Promise<void> {
    this.#decision.resolve(agreed);
    // One that is not to serve is refused, or has failed before.
    await (agreed ? this.#done : this.#done.catch(() => {}));
  }
}
