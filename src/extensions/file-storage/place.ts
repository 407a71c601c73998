import { type BigIntStats, statSync } from 'node:fs';

/** The file that was open is no longer found under its name. */
export class FileMoved extends Error {
  override readonly name = 'FileMoved';
  /** Whether the log still holds writes that could not be moved into the file. */
  readonly logLeft: boolean;

  constructor(logLeft: boolean, options?: ErrorOptions) {
    super('the file was moved, replaced or deleted while it was in use', options);
    this.logLeft = logLeft;
  }
}

/** Which file had a name, to be found out again. */
export class Place {
  readonly #path: string;
  readonly #status: BigIntStats | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#status = look(path);
  }

  /** Whether it has the name still. Takes microseconds. */
  get holds(): boolean {
    const now = look(this.#path);
    return now !== undefined && now.ino === this.#status?.ino && now.dev === this.#status.dev;
  }
}

const look = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });
