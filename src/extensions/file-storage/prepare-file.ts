import { constants } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Reading and writing for the owner alone: what is kept may be anything that telemetry holds. */
const OWNER_ONLY = 0o600;

/** What SQLite keeps beside the file, with the permissions that the file had when they were made. */
const COMPANIONS = ['-wal', '-shm'];

/**
 * Makes sure that there is a regular file that only its owner can read. A new one is empty.
 *
 * @throws Error saying what is wrong with the path and what to do
 */
export async function prepareFile(path: string, createDirectory: boolean): Promise<void> {
  const directory = dirname(path);
  if (createDirectory) await makeDirectory(directory);
  else await checkDirectory(directory);
  try {
    // Without O_NONBLOCK, opening a named pipe by mistake could hold a thread for ever.
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK, OWNER_ONLY);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error('it is not a regular file');
      if ((status.mode & 0o777) !== OWNER_ONLY) await file.chmod(OWNER_ONLY);
    } finally {
      await file.close();
    }
    for (const companion of COMPANIONS) await chmodIfThere(path + companion);
  } catch (cause) {
    throw new Error(
      `path: the file ${path} cannot be used: ${reasonOf(cause)}; ` +
        'name a file that this process may make, read, write and restrict to itself',
      { cause },
    );
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

async function chmodIfThere(path: string): Promise<void> {
  try {
    await chmod(path, OWNER_ONLY);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function reasonOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return String(error.code);
}
