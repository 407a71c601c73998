import type { ExtensionScope } from '../../extension/extension-scope.js';
import type { ScopeName } from '../../extension/scope.js';
import { planReplacement } from '../replace.js';
import { Candidate } from './candidate.js';
import { keyOf } from './extension-key.js';
import type { ExtensionName, Reconfigured } from './questions.js';

/**
 * Replaces the instances of a worker in step with those of the others: each makes its new one ready, then all move
 * over, or none.
 */
export class WorkerReplacements {
  readonly #scopeOf: (name: ScopeName) => ExtensionScope;
  /** One of each extension, for the engine replaces it once at a time. */
  readonly #candidates = new Map<string, Candidate>();

  constructor(scopeOf: (name: ScopeName) => ExtensionScope) {
    this.#scopeOf = scopeOf;
  }

  /** Resolves when the new instance can serve. @throws ConfigError or ExtensionError when it cannot */
  async prepare({ scope, name, config, readinessMs }: Reconfigured): Promise<void> {
    const found = this.#scopeOf(scope);
    const plan = { ...planReplacement(found, name, config), declaredReadinessMs: readinessMs };
    const candidate = new Candidate(found, plan);
    this.#candidates.set(keyOf({ scope, name }), candidate);
    await candidate.ready;
  }

  /** @throws ExtensionError when the new instance has failed since it was ready */
  confirm(extension: ExtensionName): void {
    this.#candidates.get(keyOf(extension))?.confirm();
  }

  /** @returns whether there was an instance that was replaced */
  async decide({ scope, name, agreed }: ExtensionName & { readonly agreed: boolean }): Promise<boolean> {
    const key = keyOf({ scope, name });
    const candidate = this.#candidates.get(key);
    this.#candidates.delete(key);
    await candidate?.decide(agreed);
    return agreed && this.#scopeOf(scope).registry.own(name)?.isCreated === true;
  }
}
