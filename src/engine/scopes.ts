import type { Container } from 'inversify';
import { combineErrors } from '../extension/errors.js';
import { ExtensionScope } from '../extension/extension-scope.js';
import { Logger } from '../extension/logger.js';
import { FirstFailure } from './first-failure.js';
import type { ScopePlans } from './plan-scopes.js';

/** The extensions that several pipelines share: those of the engine and those of its groups. */
export class SharedScopes {
  /** Resolves with what went wrong when one of them ends while it should serve. */
  readonly failed: Promise<Error>;
  readonly #engine: ExtensionScope;
  readonly #groups: ReadonlyMap<string, ExtensionScope>;
  readonly #onError: (error: Error) => void;

  /**
   * @param onError told of everything that goes wrong after the start, as it happens
   * @throws ExtensionError, or an AggregateError, for what could not be created
   */
  constructor(plans: ScopePlans, container: Container, onError: (error: Error) => void) {
    const failure = new FirstFailure(container.get<Logger>(Logger.id), onError);
    this.failed = failure.promise;
    this.#onError = onError;
    this.#engine = new ExtensionScope({}, plans.extensions, container, failure.tell, onError);
    this.#groups = new Map(
      plans.groups.map(({ id, extensions }) => [
        id,
        new ExtensionScope({ group: id }, extensions, this.#engine, failure.tell, onError),
      ]),
    );
  }

  /** The scope around the pipelines of a group. */
  around(group: string): ExtensionScope {
    return this.#groups.get(group) ?? this.#engine;
  }

  /** The wider ones first. */
  get all(): readonly ExtensionScope[] {
    return [this.#engine, ...this.#groups.values()];
  }

  /** To be called when the nodes of all pipelines are built, wherever they are. */
  seal(): void {
    for (const { registry } of this.all) registry.seal();
  }

  /** Starts the engine's extensions, then those of the groups, which may use them. @throws what failed */
  async start(): Promise<void> {
    await this.#engine.lifecycle.start();
    const failures: Error[] = [];
    const starting = [...this.#groups.values()].map(({ lifecycle }) =>
      lifecycle.start().catch((error: Error) => {
        failures.push(error);
        throw error;
      }),
    );
    await Promise.all(starting).catch(() => {});
    const [first, ...others] = failures;
    if (first !== undefined)
      throw combineErrors('extensions of several groups failed to start:', [first, ...others]);
  }

  /**
   * Stops those of the groups, then those of the engine, and logs what went wrong.
   *
   * @param force aborts when there is no more time to wait
   */
  async stop(force: AbortSignal): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => this.#stop(group, force)));
    await this.#stop(this.#engine, force);
  }

  async #stop({ lifecycle, logger }: ExtensionScope, force: AbortSignal): Promise<void> {
    for (const error of await lifecycle.stop(force)) {
      logger.error(error.message, { error });
      this.#onError(error);
    }
  }
}

/** Every scope of an engine, the wider ones first. */
export function allScopes(
  shared: SharedScopes,
  pipelines: readonly { readonly extensions: ExtensionScope }[],
): readonly ExtensionScope[] {
  return [...shared.all, ...pipelines.map((pipeline) => pipeline.extensions)];
}
