import { statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KeyValueOperation } from '../../authoring.js';

/** The disk has no room for what is to be kept. Said before anything is written. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';

  constructor(options?: ErrorOptions) {
    super('there is no room for more', options);
  }
}

/** What stays free on the disk, in bytes, so that what is deleted can be written to the log. */
const KEPT_FREE = 1_024 * 1_024;

/** The size of a page of the file, in bytes. */
const PAGE_BYTES = 4_096;

/** What some operations may need. */
export interface Need {
  /** That the file grows by, in bytes. */
  readonly bytes: number;
  /** Pages that are written to the log because a part of them changes. */
  readonly pages: number;
}

export function needOf(operations: readonly KeyValueOperation[]): Need {
  let bytes = 0;
  for (const operation of operations) {
    if ('set' in operation) bytes += operation.set.length + operation.value.byteLength;
  }
  return { bytes, pages: operations.length };
}

/**
 * How much room the disk has beside a file. What is written goes to the log, and from there into the file: while there is
 * room for both, the log can be emptied at any time. A disk that is full up to the last byte could not be left by deleting:
 * the log could not be emptied, for the file could not grow, and no delete would fit into the log.
 */
export class Room {
  readonly #directory: string;
  readonly #log: string;

  constructor(path: string) {
    this.#directory = dirname(resolve(path));
    this.#log = `${path}-wal`;
  }

  /** Whether it is enough. Takes microseconds. */
  has({ bytes, pages }: Need): boolean {
    // Both the log and the file grow, the file also by all that is in the log.
    return this.#free >= 2 * bytes + pages * PAGE_BYTES + this.#logBytes + KEPT_FREE;
  }

  get #free(): number {
    try {
      const { bavail, bsize } = statfsSync(this.#directory);
      return bavail * bsize;
    } catch {
      // Where the system cannot tell, a write finds out.
      return Number.POSITIVE_INFINITY;
    }
  }

  get #logBytes(): number {
    return statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0;
  }
}
