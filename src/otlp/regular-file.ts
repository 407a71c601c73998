import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

const BLOCK_BYTES = 65_536;

/** A path names something that is not read as a setting's file. */
export class NotRegularFile extends Error {
  override readonly name = 'NotRegularFile';

  /** @param kind what it is instead, such as `a named pipe` */
  constructor(kind: string) {
    super(`it is ${kind}, not a regular file`);
  }
}

/** A file is longer than the setting's file can be. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';

  constructor(limit: number) {
    super(`it is larger than ${limit / 1_024} KiB`);
  }
}

/**
 * Reads a regular file of up to `limit` bytes. Nothing else is waited for: a named pipe that nobody writes to would
 * hold a thread of the process for good, a device need not end.
 *
 * @throws NotRegularFile, FileTooLarge, or the system's error
 */
export async function readRegularFile(path: string, limit: number): Promise<Buffer> {
  // Without O_NONBLOCK the open itself waits for the writer of a named pipe.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (!stats.isFile()) throw new NotRegularFile(kindOf(stats));
  const bytes = Buffer.alloc(Math.min(BLOCK_BYTES, limit + 1));
  const chunks: Buffer[] = [];
  let total = 0;
  // Until its end, not its size: files under /proc have none, and a file may grow meanwhile.
  for (;;) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks, total);
    total += bytesRead;
    if (total > limit) throw new FileTooLarge(limit);
    chunks.push(Buffer.from(bytes.subarray(0, bytesRead)));
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
