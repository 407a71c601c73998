import {
  Clock,
  ConnectBackoff,
  config,
  Extension,
  type ExtensionContext,
  FollowedClientTls,
  inject,
  type KeyValueEntriesOptions,
  type KeyValueEntry,
  type KeyValueOperation,
  KeyValueStore,
  Logger,
  type TraitError,
  TraitErrorFactory,
} from '../../authoring.js';
import { RedisStorageConfig, type RedisStorageSettings, shownAddress } from './config.js';
import { type BytesClient, Connection, type TextClient } from './connection.js';
import { Disconnected, ForeignKey, failureOf } from './failure.js';
import { KeySpace } from './key-space.js';

/** How long the start waits for the server: less than the data path waits for readiness. */
const START_MS = 4_000;

/** A connection that lasted this long was a good one; the next may be tried soon when it breaks. */
const SETTLED_MS = 10_000;

/** Keeps values in a Redis server. */
@Extension({
  urn: 'urn:otel:extension:redis_storage',
  description: 'Keeps values in a Redis server, which several processes may share.',
  traits: [KeyValueStore],
  execution: 'shared',
  config: RedisStorageConfig,
  readiness: true,
})
export class RedisStorage implements KeyValueStore {
  readonly #settings: RedisStorageSettings;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #errors: TraitErrorFactory;
  readonly #space: KeySpace;
  readonly #server: string;
  readonly #trust: FollowedClientTls;
  #connection: Connection | undefined;
  /** Why there is no connection. */
  #outage = 'it has not started';
  /** The reason that the log has, while there is no connection. */
  #outageTold: string | undefined;

  constructor(
    @config() settings: RedisStorageSettings,
    @inject(Logger) log: Logger,
    @inject(Clock) clock: Clock,
    @inject(TraitErrorFactory) errors: TraitErrorFactory,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#errors = errors;
    this.#space = new KeySpace(settings.key_prefix);
    this.#server = shownAddress(settings.url);
    this.#trust = new FollowedClientTls(settings.tls, log, this.#server);
  }

  /** @throws Error when the server is required and cannot be used */
  async start(ctx: ExtensionContext): Promise<void> {
    if (!this.#settings.required_at_start) ctx.ready();
    const backoff = new ConnectBackoff();
    try {
      let connection = this.#settings.required_at_start
        ? await this.#firstConnection(backoff, ctx.signal)
        : await this.#nextConnection(backoff, ctx.signal);
      for (;;) {
        ctx.ready();
        const servedFrom = this.#clock.now();
        await this.#serve(connection, ctx);
        if (this.#clock.now() - servedFrom >= SETTLED_MS) backoff.afterSuccess();
        await this.#clock.sleep(backoff.afterFailure(), ctx.signal);
        connection = await this.#nextConnection(backoff, ctx.signal);
      }
    } catch (error) {
      if (!ctx.signal.aborted) throw error;
    } finally {
      this.#outage = 'it has stopped';
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#call((_, reading) => this.#space.getMany(reading, keys));
  }

  set(key: string, value: Uint8Array): Promise<void> {
    return this.batch([{ set: key, value }]);
  }

  delete(key: string): Promise<void> {
    return this.batch([{ delete: key }]);
  }

  async batch(operations: readonly KeyValueOperation[]): Promise<void> {
    if (operations.length === 0) return;
    await this.#call(
      (client) => this.#space.write(client, operations),
      '; whether it was written is not known',
    );
  }

  async *entries(prefix: string, options: KeyValueEntriesOptions = {}): AsyncGenerator<KeyValueEntry> {
    let { after } = options;
    for (;;) {
      const keys = await this.#call((client) => this.#space.keys(client, prefix, after));
      if (keys.length === 0) return;
      yield* this.#space.entries(keys, (part) =>
        this.#call((_, reading) => this.#space.getMany(reading, part)),
      );
      after = keys.at(-1);
    }
  }

  /** Tries for a while, unless it is plain that trying again is in vain. */
  async #firstConnection(backoff: ConnectBackoff, signal: AbortSignal): Promise<Connection> {
    const until = this.#clock.now() + START_MS;
    for (let leftMs = START_MS; ; ) {
      try {
        return await this.#connect(Math.min(this.#settings.connect_timeout, leftMs), signal);
      } catch (cause) {
        if (signal.aborted) throw cause;
        const { reason, retryable } = failureOf(cause);
        const delayMs = backoff.afterFailure();
        const again = retryable && this.#clock.now() + delayMs < until;
        if (again) await this.#clock.sleep(delayMs, signal);
        // On a busy machine a sleep ends late, perhaps when there is no time left.
        leftMs = until - this.#clock.now();
        if (again && leftMs > 0) continue;
        throw new Error(
          `the Redis server at ${this.#server} cannot be used: ${reason}; ` +
            'start it or correct the configuration, or set required_at_start: false to start without it',
          { cause },
        );
      }
    }
  }

  /** Tries until it succeeds. */
  async #nextConnection(backoff: ConnectBackoff, signal: AbortSignal): Promise<Connection> {
    for (;;) {
      try {
        const connection = await this.#connect(this.#settings.connect_timeout, signal);
        if (this.#outageTold !== undefined)
          this.#log.info('the Redis server can be used again', { server: this.#server });
        this.#outageTold = undefined;
        return connection;
      } catch (error) {
        if (signal.aborted) throw error;
        this.#noteOutage(error);
        await this.#clock.sleep(backoff.afterFailure(), signal);
      }
    }
  }

  /** @throws Error when the server cannot be reached, does not let us in, or holds something else */
  async #connect(timeoutMs: number, signal: AbortSignal): Promise<Connection> {
    const connection = await Connection.open(this.#settings, this.#trust, this.#clock, timeoutMs, signal);
    try {
      const foreign = await connection.call((client) => this.#space.foreignKey(client));
      if (foreign === undefined) return connection;
      throw new ForeignKey(foreign);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Lets callers use a connection until it ends or the instance is stopped. */
  async #serve(connection: Connection, ctx: ExtensionContext): Promise<void> {
    this.#connection = connection;
    const why = await Promise.race([connection.ended, ctx.stopping()]);
    this.#connection = undefined;
    if (why === undefined) await connection.close();
    else this.#noteOutage(why);
  }

  #noteOutage(error: unknown): void {
    this.#outage = failureOf(error).reason;
    // Another reason calls for something else to be done: a wrong password does not go away like a broken connection.
    if (this.#outageTold === this.#outage) return;
    this.#outageTold = this.#outage;
    this.#log.warn('the Redis server cannot be used; calls fail until it can be used again', {
      server: this.#server,
      reason: this.#outage,
    });
  }

  /** @param doubt what to add to the failure of a write whose answer did not come */
  async #call<T>(work: (client: TextClient, reading: BytesClient) => Promise<T>, doubt = ''): Promise<T> {
    const connection = this.#connection;
    if (connection === undefined) throw this.#failed(this.#outage, true);
    try {
      return await connection.call(work);
    } catch (error) {
      const { reason, retryable, answered, reconnect } = failureOf(error);
      if (reconnect) connection.break(error instanceof Error ? error : new Disconnected(reason));
      throw this.#failed(answered ? reason : reason + doubt, retryable, error);
    }
  }

  #failed(reason: string, retryable: boolean, cause?: unknown): TraitError {
    return this.#errors.create(
      KeyValueStore,
      `the Redis server at ${this.#server} cannot be used: ${reason}`,
      {
        retryable,
        ...(cause === undefined ? {} : { cause }),
      },
    );
  }
}
