import { Container } from 'inversify';
import { Clock } from './clock.js';
import type { ExtensionError } from './errors.js';
import { ExtensionLifecycle } from './lifecycle.js';
import { Logger } from './logger.js';
import type { ExtensionPlan } from './plan.js';
import { buildRegistry, type ExtensionRegistry } from './registry.js';
import type { ScopeName } from './scope.js';

/**
 * The extensions of the engine, of one group or of one pipeline, with the container that their instances are children
 * of. What is declared in a wider scope can be seen from here.
 */
export class ExtensionScope {
  readonly name: ScopeName;
  readonly container: Container;
  readonly registry: ExtensionRegistry;
  readonly lifecycle: ExtensionLifecycle;

  /**
   * @param outer the next wider scope; or the container that binds `Clock` and `Logger` and is above all of them
   * @param onFailure told of an instance that ends while it should serve
   * @param onMishap told of what else goes wrong that no caller is told of; it is in the log already
   * @throws ExtensionError, or an AggregateError, for what could not be created
   */
  constructor(
    name: ScopeName,
    plans: readonly ExtensionPlan[],
    outer: ExtensionScope | Container,
    onFailure: (error: ExtensionError) => void,
    onMishap?: (error: ExtensionError) => void,
  ) {
    const [parent, above] = outer instanceof ExtensionScope ? [outer, outer.container] : [undefined, outer];
    this.name = name;
    this.container = new Container({ parent: above });
    const logger = above.get<Logger>(Logger.id).child(fieldsOf(name));
    this.container.bind(Logger.id).toConstantValue(logger);
    this.registry = buildRegistry(plans, this.container, parent?.registry);
    const services = { clock: above.get<Clock>(Clock.id), logger };
    this.lifecycle = new ExtensionLifecycle(this.registry, services, onFailure, onMishap);
  }

  get logger(): Logger {
    return this.container.get<Logger>(Logger.id);
  }
}

/** What the wider scope's logger does not say already. */
function fieldsOf({ group, pipeline }: ScopeName): Record<string, string> {
  if (pipeline !== undefined) return { pipeline };
  return group === undefined ? {} : { group };
}
