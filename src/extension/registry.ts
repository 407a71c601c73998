import type { Container } from 'inversify';
import { createBundle, type ExtensionBundle, type ExtensionPlan } from './bundle.js';
import { combineErrors, type ExtensionError } from './errors.js';

/** Step 3: the instances of one scope by name. Immutable once it is built. */
export class ExtensionRegistry {
  readonly #bundles: ReadonlyMap<string, ExtensionBundle>;

  constructor(bundles: Iterable<ExtensionBundle>) {
    this.#bundles = new Map([...bundles].map((bundle) => [bundle.name, bundle]));
  }

  find(name: string): ExtensionBundle | undefined {
    return this.#bundles.get(name);
  }

  get names(): readonly string[] {
    return [...this.#bundles.keys()];
  }

  /** In the order in which they were declared, which is the order in which they start. */
  get bundles(): readonly ExtensionBundle[] {
    return [...this.#bundles.values()];
  }
}

/**
 * Steps 2 and 3 for a whole scope: builds every instance, then the registry.
 *
 * @param parent the scope's container; bind everything in it before, for children keep what they resolved
 * @throws ExtensionError for the instance that could not be created, or an AggregateError for all that could not
 */
export function buildRegistry(plans: readonly ExtensionPlan[], parent: Container): ExtensionRegistry {
  const bundles: ExtensionBundle[] = [];
  const errors: ExtensionError[] = [];
  for (const plan of plans) {
    try {
      bundles.push(createBundle(plan, parent));
    } catch (error) {
      errors.push(error as ExtensionError);
    }
  }
  const [first, ...others] = errors;
  if (first !== undefined) {
    throw combineErrors(`${errors.length} extensions could not be created:`, [first, ...others]);
  }
  return new ExtensionRegistry(bundles);
}
