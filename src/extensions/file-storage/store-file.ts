import { resolve } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeyValueEntry, KeyValueOperation } from '../../authoring.js';
import { FileMoved, Place } from './place.js';
import { type Need, NoRoom, needOf, Room } from './room.js';

/** `dfkv`: tells a store of this extension from any other SQLite database. */
const APPLICATION_ID = 0x64666b76;
/** The version of the layout below. */
const LAYOUT = 1;

/**
 * How long a call into SQLite waits for another connection, in milliseconds. Everything else waits with it, so it is
 * short; who asks waits longer without holding up others.
 */
const BUSY_MS = 5;

/** A page of an iteration ends with the entry that reaches either. */
const PAGE_ENTRIES = 256;
const PAGE_BYTES = 1_024 * 1_024;

/** The write-ahead log is cut back to this size after its content went into the file. */
const LOG_BYTES = 4 * 1_024 * 1_024;

/** A byte that no UTF-8 text holds: behind every key that begins with the prefix. */
const BEHIND = Buffer.of(0xff);
/** What makes of a key the lowest that comes behind it. */
const NEXT = Buffer.of(0);

export interface StoreFileOptions {
  readonly path: string;
  /** Whether a commit waits for the disk. */
  readonly fsync: boolean;
}

/** How many pages a file has, and how many of them hold nothing. */
export interface Space {
  readonly pages: number;
  readonly free: number;
}

/**
 * A SQLite database that holds one table of keys and values. Every method is synchronous and short, throws SQLite's
 * errors, and leaves no transaction open: several connections to one file, also in one thread, get along.
 *
 * The file is in WAL mode. A commit is in the log, outside of this process, before it returns, so it survives the end of
 * the process; with `fsync` (synchronous = FULL) it is on the disk. Without (NORMAL), a loss of power may take the last
 * commits, but never damages the file.
 */
export class StoreFile {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #place: Place;
  readonly #room: Room;
  #moved: FileMoved | undefined;
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #delete: StatementSync;
  readonly #page: StatementSync;

  private constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
    this.#place = new Place(path);
    this.#room = new Room(path);
    this.#get = database.prepare('SELECT value FROM entries WHERE key = ?');
    this.#set = database.prepare('INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)');
    this.#delete = database.prepare('DELETE FROM entries WHERE key = ?');
    this.#page = database.prepare('SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key');
  }

  /**
   * Opens a file; an empty one becomes a store.
   *
   * @throws NotAStore when it is something else, or what SQLite throws
   */
  static async open({ path, fsync }: StoreFileOptions): Promise<StoreFile> {
    // Only who keeps something in a file pays for loading SQLite.
    const { DatabaseSync } = await import('node:sqlite');
    // An absolute path is never anything else to SQLite, such as a URI.
    const database = new DatabaseSync(resolve(path), { timeout: BUSY_MS });
    try {
      lay(path, database);
      database.exec('PRAGMA journal_mode = WAL');
      database.exec(`PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'}`);
      database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
      return new StoreFile(path, database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * SQLite goes on with a file that was moved or deleted without saying so. This looks, and closes such a file for good.
   *
   * @throws FileMoved now and ever after, when another file has the name, or none
   */
  checkPlace(): void {
    if (this.#moved === undefined && this.#place.holds) return;
    this.#moved ??= this.#leave();
    throw this.#moved;
  }

  get(key: string): Uint8Array | undefined {
    return this.#get.get(Buffer.from(key))?.['value'] as Uint8Array | undefined;
  }

  /**
   * Carries out all operations in one transaction.
   *
   * @throws NoRoom when the disk has too little for what is set
   */
  write(operations: readonly KeyValueOperation[]): void {
    this.#makeRoom(needOf(operations));
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const operation of operations) {
        if ('set' in operation) this.#set.run(Buffer.from(operation.set), operation.value);
        else this.#delete.run(Buffer.from(operation.delete));
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      // SQLite ends the transaction itself after some failures, such as a full disk.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** The next entries with a prefix, in the order of keys; none when there are no more. */
  page(prefix: string, after: string | undefined): KeyValueEntry[] {
    const first = Buffer.from(prefix);
    const behind = after === undefined ? undefined : Buffer.concat([Buffer.from(after), NEXT]);
    const from = behind === undefined || behind.compare(first) < 0 ? first : behind;
    const entries: KeyValueEntry[] = [];
    let bytes = 0;
    for (const row of this.#page.iterate(from, Buffer.concat([first, BEHIND]))) {
      // Both columns are declared as blobs that are never null.
      const { key, value } = row as { key: Uint8Array; value: Uint8Array };
      entries.push({ key: Buffer.from(key).toString('utf8'), value });
      bytes += key.byteLength + value.byteLength;
      if (entries.length >= PAGE_ENTRIES || bytes >= PAGE_BYTES) break;
    }
    return entries;
  }

  get space(): Space {
    return {
      pages: pragma(this.#database, 'page_count'),
      free: pragma(this.#database, 'freelist_count'),
    };
  }

  /** Takes up to `pages` free pages off the file's end, which the next `shorten` gives back. */
  vacuum(pages: number): void {
    // Each is moved, and what points at it changes.
    this.#makeRoom({ bytes: 0, pages: 2 * pages });
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  /**
   * Moves the log into the file, cuts both to their size, and so gives space back to the disk.
   *
   * @returns false when another connection was in the way
   */
  shorten(): boolean {
    return this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /**
   * Empties the log while that is possible, when the disk is almost full: it takes what is written next again, and what is
   * in it cannot be what keeps a delete from being written.
   */
  #makeRoom(need: Need): void {
    if (this.#room.has(need)) return;
    let cause: unknown;
    try {
      this.shorten();
    } catch (error) {
      cause = error;
    }
    if (need.bytes > 0 && !this.#room.has(need)) throw new NoRoom({ cause });
  }

  /**
   * What is in the log goes into the file, wherever that is now. The log that stays beside the name is empty, for whoever
   * opens the file that has the name now would take it for that one's.
   */
  #leave(): FileMoved {
    try {
      return new FileMoved(!this.shorten());
    } catch (cause) {
      return new FileMoved(true, { cause });
    } finally {
      this.close();
    }
  }
}

/** The file is a database of something else, or of a later version. */
export class NotAStore extends Error {
  override readonly name = 'NotAStore';
}

function lay(path: string, database: DatabaseSync): void {
  if (isNew(database)) {
    // Only before the first table: it is what lets the file shrink.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('BEGIN IMMEDIATE');
    // Another instance may have been faster.
    if (isNew(database)) {
      database.exec('CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID');
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(`PRAGMA user_version = ${LAYOUT}`);
    }
    database.exec('COMMIT');
  }
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new NotAStore(
      `path: the file ${path} is a database of something else; name another file, which need not exist`,
    );
  }
  const layout = pragma(database, 'user_version');
  if (layout !== LAYOUT) {
    throw new NotAStore(
      `path: the file ${path} was written by another version (layout ${layout}, this one knows ${LAYOUT}); ` +
        'name another file, or use that version',
    );
  }
}

function isNew(database: DatabaseSync): boolean {
  return (
    pragma(database, 'application_id') === 0 &&
    database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0
  );
}

function pragma(database: DatabaseSync, name: string): number {
  // Each of the pragmas that are asked for here answers with one row of one integer.
  return database.prepare(`PRAGMA ${name}`).get()?.[name] as number;
}
