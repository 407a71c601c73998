import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { ScopeName } from '../../extension/scope.js';
import { planReplacement } from '../replace.js';
import { keyOf } from './extension-key.js';
import type { ExtensionName, Reconfigured } from './questions.js';

/** A new instance that can serve, and waits for whether it is to. */
interface Candidate {
  readonly decide: (agreed: boolean) => void;
  /** Settles when the replacement is over. */
  readonly done: Promise<void>;
}

/**
 * Replaces the instances of a worker in step with those of the others: each makes its new one ready, then all move
 * over, or none.
 */
export class WorkerReplacements {
  readonly #scopeOf: (name: ScopeName) => ExtensionScope;
  readonly #candidates = new Map<string, Candidate>();

  constructor(scopeOf: (name: ScopeName) => ExtensionScope) {
    this.#scopeOf = scopeOf;
  }

  /** Resolves when the new instance can serve. @throws ConfigError or ExtensionError when it cannot */
  async prepare({ scope, name, config, readinessMs }: Reconfigured): Promise<void> {
    const found = this.#scopeOf(scope);
    const plan = { ...planReplacement(found, name, config), declaredReadinessMs: readinessMs };
    const ready = Promise.withResolvers<void>();
    const decision = Promise.withResolvers<boolean>();
    const done = found.lifecycle.replace(plan, () => {
      ready.resolve();
      return decision.promise;
    });
    // Whoever decides is told of what becomes of it.
    done.catch(() => {});
    this.#candidates.set(keyOf({ scope, name }), { decide: decision.resolve, done });
    await Promise.race([ready.promise, done]);
  }

  /** @returns whether there was an instance that was replaced */
  async decide({ scope, name, agreed }: ExtensionName & { readonly agreed: boolean }): Promise<boolean> {
    const key = keyOf({ scope, name });
    const candidate = this.#candidates.get(key);
    this.#candidates.delete(key);
    candidate?.decide(agreed);
    if (!agreed) {
      // It is refused because it was not agreed to, or failed before.
      await candidate?.done.catch(() => {});
      return false;
    }
    await candidate?.done;
    return this.#scopeOf(scope).registry.own(name)?.isCreated === true;
  }
}
