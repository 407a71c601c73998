import type { ExtensionContext } from '../extension/context.js';
import type { ExtensionTrait } from '../traits/trait.js';
import { type Provided, ProvidedExtensions } from './provided.js';

/**
 * What an extension under test is started with. The test waits for `whenReady` and ends it with `stop()`.
 *
 * @example
 * const ctx = new TestExtensionContext('vault');
 * const running = extension.start(ctx);
 * await ctx.whenReady;
 * ctx.stop();
 * await running;
 */
export class TestExtensionContext implements ExtensionContext {
  readonly name: string;
  /** Resolves at the first `ready()`. */
  readonly whenReady: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #controller = new AbortController();
  readonly #extensions: ProvidedExtensions;
  #isReady = false;

  /** @param extensions what the extension gets from `getExtension`, made by `provide` */
  constructor(name = 'extension-under-test', extensions: readonly Provided[] = []) {
    this.name = name;
    this.#extensions = new ProvidedExtensions(extensions);
    this.whenReady = this.#ready.promise;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether `ready()` was called. */
  get isReady(): boolean {
    return this.#isReady;
  }

  ready(): void {
    this.#isReady = true;
    this.#ready.resolve();
  }

  getExtension<T>(trait: ExtensionTrait<T>, name?: string): T {
    return this.#extensions.getExtension(trait, name);
  }

  findExtension<T>(trait: ExtensionTrait<T>): T | undefined {
    return this.#extensions.findExtension(trait);
  }

  stopping(): Promise<void> {
    const { signal } = this;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Asks the extension to stop, as the engine does at shutdown. */
  stop(): void {
    this.#controller.abort(new Error(`extension '${this.name}' is asked to stop`));
  }
}
