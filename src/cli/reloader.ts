import type { Engine } from '../distribution.js';
import { reasonOf } from '../extension/errors.js';
import type { Logger } from '../extension/logger.js';
import { FileWatcher } from './file-watcher.js';

/** Reloads the configuration of a running engine on SIGHUP, and when its files change. */
export class Reloader implements Disposable {
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #watcher: FileWatcher | undefined;
  #reloading: Promise<void> = Promise.resolve();

  /** @param watch whether to reload when a file of the configuration changes */
  constructor(engine: Engine, logger: Logger, watch: boolean) {
    this.#engine = engine;
    this.#logger = logger;
    process.on('SIGHUP', this.#onSignal);
    if (!watch) return;
    this.#watcher = new FileWatcher(
      () => this.#reload('a file of the configuration changed'),
      (error) => logger.warn(`${error.message}; send SIGHUP to reload`),
    );
  }

  /** To be called when the engine runs. */
  async start(): Promise<void> {
    const files = this.#engine.configFiles;
    await this.#watcher?.watch(files);
    if (this.#watcher !== undefined) this.#logger.info('watching the configuration', { files: files.length });
  }

  [Symbol.dispose](): void {
    process.off('SIGHUP', this.#onSignal);
    this.#watcher?.[Symbol.dispose]();
  }

  readonly #onSignal = (): void => this.#reload('SIGHUP');

  #reload(reason: string): void {
    // One at a time; a change during a reload is another reload after it.
    this.#reloading = this.#reloading.then(() => this.#reloadNow(reason));
  }

  async #reloadNow(reason: string): Promise<void> {
    this.#logger.info(`${reason}: reloading the configuration`);
    try {
      const { replaced, failed, needsRestart } = await this.#engine.reload();
      for (const extension of replaced) this.#logger.info(`${extension} was replaced`);
      for (const { error } of failed) this.#logger.error(error.message);
      for (const change of needsRestart) this.#logger.warn(`${change}: this takes a restart`);
      if (replaced.length + failed.length + needsRestart.length === 0) this.#logger.info('nothing changed');
    } catch (error) {
      this.#logger.error(
        `the configuration was not reloaded, everything runs on as before: ${reasonOf(error)}`,
      );
    }
    await this.#watcher?.watch(this.#engine.configFiles);
  }
}
