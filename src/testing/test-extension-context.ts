import type { ExtensionContext } from '../extension/context.js';

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
  #isReady = false;

  constructor(name = 'extension-under-test') {
    this.name = name;
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
