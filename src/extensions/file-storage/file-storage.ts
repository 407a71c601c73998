import {
  Clock,
  config,
  Extension,
  type ExtensionContext,
  inject,
  type KeyValueEntriesOptions,
  type KeyValueEntry,
  type KeyValueOperation,
  KeyValueStore,
  Logger,
  type TraitError,
  TraitErrorFactory,
} from '../../authoring.js';
import { FileStorageConfig, type FileStorageSettings } from './config.js';
import { failureOf, isBusy, isFull, isOfTheFile } from './failure.js';
import { FullDisk } from './full-disk.js';
import { PlaceWatch } from './place-watch.js';
import { prepareFile, restrictToOwner } from './prepare-file.js';
import { SpareSpace } from './spare-space.js';
import { NotAStore, StoreFile } from './store-file.js';
import { TooManyWrites, WriteQueue } from './write-queue.js';

/** How often a file that another process holds is tried again, in milliseconds. */
const TRY_AGAIN_MS = 10;

/** An open file, and what waits to be written to it. */
interface Storage {
  readonly file: StoreFile;
  readonly writes: WriteQueue;
}

/** Keeps values in one SQLite file. */
@Extension({
  urn: 'urn:otel:extension:file_storage',
  description: 'Keeps values in a file: safe from crashes, and as small as what it holds.',
  traits: [KeyValueStore],
  execution: 'shared',
  config: FileStorageConfig,
  readiness: true,
})
export class FileStorage implements KeyValueStore {
  readonly #settings: FileStorageSettings;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #errors: TraitErrorFactory;
  #storage: Storage | undefined;

  constructor(
    @config() settings: FileStorageSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#errors = errors;
  }

  /** @throws Error when the file cannot be used */
  async start(ctx: ExtensionContext): Promise<void> {
    const file = await this.#open();
    const space = new SpareSpace(file, this.#clock, (error) =>
      this.#log.warn(`space could not be given back: ${failureOf(file.path, error).reason}`),
    );
    const place = new PlaceWatch(file, this.#clock, (error) =>
      this.#log.error(`${failureOf(file.path, error).reason}; until then nothing is kept`),
    );
    const disk = new FullDisk(file.path, this.#log);
    const writes = new WriteQueue({
      // Each write has waited since it was asked for: those that wait together give up together.
      commit: async (operations, since) => {
        try {
          await this.#use(() => file.write(operations), file, since);
          disk.wrote(operations);
        } catch (error) {
          if (isFull(error)) disk.met();
          throw error;
        }
      },
      committed: () => space.check(),
      mayBeOfOne: (error) => !isOfTheFile(error),
      now: () => this.#clock.now(),
    });
    try {
      this.#storage = { file, writes };
      space.check();
      ctx.ready();
      place.start();
      await ctx.stopping();
    } finally {
      this.#storage = undefined;
      await writes.settled();
      space.stop();
      place.stop();
      file.close();
      disk.closed();
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#read((file) => file.get(key));
  }

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#read((file) => keys.map((key) => file.get(key)));
  }

  set(key: string, value: Uint8Array): Promise<void> {
    return this.batch([{ set: key, value }]);
  }

  delete(key: string): Promise<void> {
    return this.batch([{ delete: key }]);
  }

  async batch(operations: readonly KeyValueOperation[]): Promise<void> {
    if (operations.length === 0) return;
    const { writes } = this.#serving();
    try {
      await writes.add(operations);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async *entries(prefix: string, options: KeyValueEntriesOptions = {}): AsyncGenerator<KeyValueEntry> {
    let { after } = options;
    for (;;) {
      const page = await this.#read((file) => file.page(prefix, after));
      if (page.length === 0) return;
      yield* page;
      after = page.at(-1)?.key;
      // Lets others run, however fast the reader is.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #open(): Promise<StoreFile> {
    const { path, create_directory } = this.#settings;
    await prepareFile(path, create_directory);
    const file = await this.#openStore(path);
    try {
      await restrictToOwner(path);
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  async #openStore(path: string): Promise<StoreFile> {
    const { fsync } = this.#settings;
    try {
      return await this.#whenFree(() => StoreFile.open({ path, fsync }));
    } catch (cause) {
      if (cause instanceof NotAStore) throw cause;
      throw new Error(`path: ${failureOf(path, cause).reason}`, { cause });
    }
  }

  async #read<T>(work: (file: StoreFile) => T): Promise<T> {
    const { file } = this.#serving();
    try {
      return await this.#use(() => work(file), file);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #use<T>(work: () => T, file: StoreFile, since?: number): Promise<T> {
    return this.#whenFree(() => {
      file.checkPlace();
      return work();
    }, since);
  }

  /**
   * Does something with the file, again and again while another process holds it.
   *
   * @param since when it was asked for, in monotonic milliseconds
   */
  async #whenFree<T>(work: () => T | Promise<T>, since = this.#clock.now()): Promise<T> {
    const until = since + this.#settings.lock_timeout;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isBusy(error) || this.#clock.now() >= until) throw error;
        await this.#clock.sleep(TRY_AGAIN_MS);
      }
    }
  }

  #serving(): Storage {
    if (this.#storage !== undefined) return this.#storage;
    throw this.#errors.create(KeyValueStore, 'is not serving: it has not started, or has stopped');
  }

  #failed(cause: unknown): TraitError {
    if (cause instanceof TooManyWrites) {
      return this.#errors.create(
        KeyValueStore,
        'more than 128 MiB wait to be written; wait for writes to end before asking for more',
      );
    }
    const { reason, retryable } = failureOf(this.#settings.path, cause);
    return this.#errors.create(KeyValueStore, reason, { cause, retryable });
  }
}
