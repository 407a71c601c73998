import type { RESP_TYPES, RedisClientType } from '@redis/client';
import {
  type Clock,
  DeadlineExceeded,
  type FollowedClientTls,
  readSecretFile,
  type Secret,
  withDeadline,
} from '../../authoring.js';
import type { RedisStorageSettings } from './config.js';
import { Disconnected, failureOf, TooManyCalls } from './failure.js';

/**
 * So many calls wait for an answer at most; more are refused. The client's own limit is one of commands, and could take
 * the beginning of a transaction without its end.
 */
const MOST_CALLS = 10_000;

/** How long the answers to the last calls may take at the end, in milliseconds. */
const CLOSE_MS = 2_000;

type Nothing = Record<never, never>;
/** A client that gives texts. */
export type TextClient = RedisClientType<Nothing, Nothing, Nothing, 2, Nothing>;
/** The same client, which gives bytes. */
export type BytesClient = RedisClientType<
  Nothing,
  Nothing,
  Nothing,
  2,
  { [RESP_TYPES.BLOB_STRING]: BufferConstructor }
>;

/** One connection to a server, which is used until it breaks. Making the next one is up to its owner. */
export class Connection {
  /** Resolves with why when the connection has ended. */
  readonly ended: Promise<Error>;
  readonly #client: TextClient;
  readonly #reading: BytesClient;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #end: (why: Error) => void;
  /** Why it ended. */
  #why: Error | undefined;
  /** Calls that wait for an answer. */
  #waiting = 0;

  private constructor(client: TextClient, reading: BytesClient, clock: Clock, timeoutMs: number) {
    this.#client = client;
    this.#reading = reading;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    const ended = Promise.withResolvers<Error>();
    this.ended = ended.promise;
    this.#end = ended.resolve;
    client.on('error', (error: Error) => this.break(error));
  }

  /**
   * Connects and logs in.
   *
   * @param trust what the files of `tls` hold
   * @param timeoutMs how long that may take
   * @throws Error saying what is wrong with a file or the server; the signal's reason when it aborts
   */
  static async open(
    settings: RedisStorageSettings,
    trust: FollowedClientTls,
    clock: Clock,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Connection> {
    const { url, username, timeout } = settings;
    // Only who uses Redis pays for loading its client.
    const [{ createClient, RESP_TYPES }, password, tls] = await Promise.all([
      import('@redis/client'),
      passwordOf(settings),
      trust.load(),
    ]);
    const place = { host: url.host, port: url.port, connectTimeout: timeoutMs };
    const client: TextClient = createClient({
      RESP: 2,
      // Reconnecting is the extension's: its pace, its log, and no queue of calls in between.
      socket: { ...(url.tls ? { ...place, ...tls, tls: true } : place), reconnectStrategy: false },
      disableOfflineQueue: true,
      // Calls have a time limit here, which covers the wait for an answer too.
      commandOptions: { timeout: 0 },
      database: url.database,
      maintNotifications: 'disabled',
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: password.reveal() }),
    });
    const reading = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const connection = new Connection(client, reading, clock, timeout);
    try {
      await withDeadline(clock, timeoutMs, signal, () => client.connect());
      return connection;
    } catch (error) {
      connection.break(new Disconnected('it could not be made'));
      throw withoutPassword(error, password);
    }
  }

  /**
   * Asks something of the server. One that does not answer in time is given up, with all other calls: the answers come
   * in the order of the calls.
   *
   * @throws what the client throws; DeadlineExceeded; TooManyCalls; Disconnected when the connection broke meanwhile
   */
  async call<T>(work: (client: TextClient, reading: BytesClient) => Promise<T>): Promise<T> {
    if (this.#waiting >= MOST_CALLS) throw new TooManyCalls(MOST_CALLS);
    this.#waiting++;
    try {
      return await this.#inTime(work);
    } catch (error) {
      throw this.#withReason(error);
    } finally {
      this.#waiting--;
    }
  }

  async #inTime<T>(work: (client: TextClient, reading: BytesClient) => Promise<T>): Promise<T> {
    const overdue = Promise.withResolvers<never>();
    using _timer = this.#clock.setTimeout(() => {
      const late = new DeadlineExceeded(this.#timeoutMs);
      overdue.reject(late);
      this.break(late);
    }, this.#timeoutMs);
    return await Promise.race([work(this.#client, this.#reading), overdue.promise]);
  }

  /** Ends the connection at once. Calls that wait for an answer fail. */
  break(why: Error): void {
    this.#why ??= why;
    this.#end(why);
    this.#client.destroy();
  }

  /** Calls under way are told why the connection ended, not what the client calls it. */
  #withReason(error: unknown): unknown {
    const why = this.#why;
    if (why === undefined || !saysEndOnly(error)) return error;
    return why instanceof Disconnected
      ? why
      : new Disconnected(`the connection broke: ${failureOf(why).reason}`, { cause: why });
  }

  /** Ends the connection when every call has its answer, or has waited long enough. */
  async close(): Promise<void> {
    const why = new Disconnected('the extension was stopped');
    this.#end(why);
    if (this.#client.isOpen) {
      using _timer = this.#clock.setTimeout(() => this.break(why), CLOSE_MS);
      await this.#client.close();
    }
    this.break(why);
  }
}

/** Whether the client says only that it was told to end the connection. */
function saysEndOnly(error: unknown): boolean {
  return (
    error instanceof Error && ['DisconnectsClientError', 'ClientClosedError'].includes(error.constructor.name)
  );
}

/** A server that does not know a command repeats what came with it. */
function withoutPassword(error: unknown, password: Secret | undefined): unknown {
  if (password === undefined || !(error instanceof Error)) return error;
  if (!error.message.includes(password.reveal())) return error;
  return new Error('the server does not understand the login, and repeats the password in its answer');
}

async function passwordOf({
  password,
  password_file: path,
}: RedisStorageSettings): Promise<Secret | undefined> {
  return path === undefined ? password : await readSecretFile(path, 'password_file');
}
