import { constants } from 'node:fs';
import { access, chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Reading and writing for the owner alone: what is kept may be anything that telemetry holds. */
const OWNER_ONLY = 0o600;

/** What SQLite keeps beside the file, with the permissions that the file had when they were made. */
const COMPANIONS = ['-wal', '-shm'];

/**
 * Makes sure that there is a regular file that this process may write. A new one is empty, and an empty one is open to
 * its owner alone. One that holds anything is left as it is: it may be somebody else's.
 *
 * The file is never opened when it exists: closing it would take away the locks that SQLite holds for another instance.
 *
 * @throws Error saying what is wrong with the path and what to do
 */
export async function prepareFile(path: string, createDirectory: boolean): Promise<void> {
  const directory = dirname(path);
  if (createDirectory) await makeDirectory(directory);
  else await checkDirectory(directory);
  await usable(path, async () => {
    await makeFile(path);
    const status = await stat(path);
    if (!status.isFile()) throw new Error('it is not a regular file');
    await access(path, constants.R_OK | constants.W_OK);
    if (status.size === 0) await chmod(path, OWNER_ONLY);
  });
}

/**
 * Lets nobody but the owner read a file that is known to be a store, nor what lies beside it.
 *
 * @throws Error saying what is wrong with the path and what to do
 */
export async function restrictToOwner(path: string): Promise<void> {
  await usable(path, async () => {
    for (const file of [path, ...COMPANIONS.map((companion) => path + companion)]) await restrict(file);
  });
}

async function usable(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new Error(
      `path: the file ${path} cannot be used: ${reasonOf(cause)}; ` +
        'name a file that this process may make, read, write and restrict to itself',
      { cause },
    );
  }
}

async function makeFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', OWNER_ONLY);
    await file.close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

async function restrict(path: string): Promise<void> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o777) !== OWNER_ONLY) await chmod(path, OWNER_ONLY);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`path: the directory ${directory} cannot be made: ${reasonOf(cause)}`, { cause });
  }
}

async function checkDirectory(directory: string): Promise<void> {
  const there = await stat(directory).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (there) return;
  throw new Error(`path: there is no directory ${directory}; make it, or let create_directory: true make it`);
}

function reasonOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return String(error.code);
}
