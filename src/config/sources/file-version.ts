import { stat } from 'node:fs/promises';

/**
 * What tells one state of a file from another, behind all symbolic links. Of a pipe, or whatever else is not a regular
 * file, only that it is one.
 */
export type FileVersion = string;

/** The version of a file that is not there, or that cannot be reached. */
export const NO_FILE: FileVersion = 'none';

/** The version of a pipe, which gives its text once. */
export const PIPE: FileVersion = 'pipe';

/** The version of a file as it is now. Never throws. */
export async function fileVersion(path: string): Promise<FileVersion> {
  // Why a file cannot be reached is said when it is read.
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return NO_FILE;
  if (found.isFIFO()) return PIPE;
  if (!found.isFile()) return 'other';
  // The time of change too: a file becomes readable by its mode alone, and a copy may keep the time of its content.
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
}
