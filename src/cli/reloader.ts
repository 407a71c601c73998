import { PIPE } from '../config/sources/file-version.js';
import type { Engine } from '../distribution.js';
import { reasonOf } from '../extension/errors.js';
import type { Logger } from '../extension/logger.js';
import type { FileVersions, FileWatcher } from './file-watcher.js';

interface Running {
  readonly engine: Engine;
  readonly logger: Logger;
}

/** Reloads the configuration of a running engine on SIGHUP, and when its files change. */
export class Reloader implements Disposable {
  readonly #watch: boolean;
  #watcher: FileWatcher | undefined;
  #running: Running | undefined;
  #ended = false;
  /** Why to reload next; a signal that comes before the engine runs, or during a reload, waits here. */
  #reason: string | undefined;
  #busy = false;
  /** The files as they were last seen. */
  #seen: FileVersions = new Map();

  /**
   * Takes SIGHUP from now on.
   *
   * @param watch whether to reload when a file of the configuration changes
   */
  constructor(watch: boolean) {
    this.#watch = watch;
    process.on('SIGHUP', this.#onSignal);
  }

  /** To be called when the engine runs. What changed since it read its configuration is reloaded, too. */
  async start(engine: Engine, logger: Logger): Promise<void> {
    this.#seen = engine.configFiles;
    if (this.#watch) this.#watcher = await this.#createWatcher();
    if (this.#ended) return;
    this.#running = { engine, logger };
    if (this.#watch) announce(engine.configFiles, logger);
    void this.#work();
  }

  /** To be called when the engine ends: nothing is reloaded any more. */
  stop(): void {
    this.#ended = true;
    this.#watcher?.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
    process.off('SIGHUP', this.#onSignal);
  }

  async #createWatcher(): Promise<FileWatcher> {
    // Not before SIGHUP is taken: it needs what the engine needs, which takes its time to load.
    const { FileWatcher } = await import('./file-watcher.js');
    return new FileWatcher((versions) => {
      this.#seen = versions;
      this.#want('a file of the configuration changed');
    });
  }

  readonly #onSignal = (): void => this.#want('SIGHUP');

  #want(reason: string): void {
    if (this.#ended) this.#running?.logger.info(`${reason}: nothing is reloaded while the engine ends`);
    this.#reason = reason;
    void this.#work();
  }

  /** One reload at a time; between them the files are watched. */
  async #work(): Promise<void> {
    if (this.#running === undefined || this.#busy || this.#ended) return;
    this.#busy = true;
    this.#watcher?.stop();
    while (!this.#ended && this.#reason !== undefined) {
      const reason = this.#reason;
      this.#reason = undefined;
      await this.#reload(reason, this.#running);
    }
    this.#busy = false;
    if (!this.#ended) this.#watcher?.watch(this.#seen);
  }

  async #reload(reason: string, { engine, logger }: Running): Promise<void> {
    logger.info(`${reason}: reloading the configuration`);
    const before = engine.configFiles;
    try {
      const { replaced, failed, needsRestart } = await engine.reload();
      for (const extension of replaced) logger.info(`${extension} was replaced`);
      for (const { error } of failed) logger.error(error.message);
      for (const change of needsRestart) logger.warn(`${change}: this takes a restart`);
      if (replaced.length + failed.length + needsRestart.length === 0) logger.info('nothing changed');
    } catch (error) {
      logger.error(`the configuration was not reloaded, everything runs on as before: ${reasonOf(error)}`);
    }
    // One that failed before it read a file is not repeated for the same change.
    if (engine.configFiles !== before) this.#seen = engine.configFiles;
  }
}

/** Says what is watched, and what cannot be. */
function announce(files: FileVersions, logger: Logger): void {
  for (const [file, version] of files) {
    if (version !== PIPE) continue;
    logger.warn(`'${file}' is a pipe, which gives its text once: no reload can read it again`);
  }
  if (files.size > 0) logger.info('watching the configuration', { files: files.size });
  else logger.warn('there is no file to watch: the configuration comes from none; send SIGHUP to reload');
}
