import { FileMoved } from './place.js';
import { NoRoom } from './room.js';

/** What a failed call is told: what is wrong and what to do, and whether the same call may succeed later. */
export interface StorageFailure {
  readonly reason: string;
  readonly retryable: boolean;
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that say something a user can act on. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const NOTADB = 26;
/** The extended code of READONLY for a file that is no longer where it was. */
const READONLY_DBMOVED = 1_032;

/** Whether another connection holds the file just now. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && [BUSY, LOCKED].includes(code & 0xff);
}

/** Whether the file is no longer found under its name. */
export function isMoved(error: unknown): boolean {
  return error instanceof FileMoved || codeOf(error) === READONLY_DBMOVED;
}

/** Whether the disk has no room. What takes less may still fit, above all what is deleted. */
export function isFull(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof NoRoom || (code !== undefined && (code & 0xff) === FULL);
}

/** Whether the file is to blame for a failure, so that it meets whatever is asked of it. */
export function isOfTheFile(error: unknown): boolean {
  const code = codeOf(error);
  const codes = [BUSY, LOCKED, READONLY, IOERR, CORRUPT, CANTOPEN, NOTADB];
  return isMoved(error) || (code !== undefined && codes.includes(code & 0xff));
}

/** What went wrong with a file that is open. */
export function failureOf(path: string, error: unknown): StorageFailure {
  const code = codeOf(error);
  if (isMoved(error)) {
    const log =
      error instanceof FileMoved && error.logLeft ? `, with ${path}-wal, which holds its last writes,` : '';
    return {
      reason: `the file ${path} was moved, replaced or deleted while it was in use; put it back${log} and restart`,
      retryable: false,
    };
  }
  if (isFull(error)) return { reason: `no room is left on the disk of ${path}`, retryable: true };
  switch (code === undefined ? undefined : code & 0xff) {
    case BUSY:
    case LOCKED:
      return { reason: `another process holds the file ${path} for too long`, retryable: true };
    case READONLY:
      return { reason: `the file ${path} may not be written by this process`, retryable: false };
    case IOERR:
      return {
        reason: `reading or writing the file ${path} failed (${textOf(error)}); check the disk`,
        retryable: true,
      };
    case CANTOPEN:
      return {
        reason: `the file ${path}, or one beside it, cannot be opened; check the permissions of its directory`,
        retryable: true,
      };
    case TOOBIG:
      return { reason: 'a value is larger than the file can hold', retryable: false };
    case CORRUPT:
    case NOTADB:
      return {
        reason: `the file ${path} is damaged or holds something else; restore it from a backup, or move it away to begin anew`,
        retryable: false,
      };
    default:
      return { reason: `the file ${path} cannot be used (${textOf(error)})`, retryable: true };
  }
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
