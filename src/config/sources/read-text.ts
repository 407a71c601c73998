import { open } from 'node:fs/promises';
import { type Problem, sourceProblems } from '../messages.js';
import { errorName } from './error-name.js';

export type TextOrProblem = { readonly text: string } | { readonly problem: Problem };

/**
 * Reads a text file, a pipe too, up to a limit.
 *
 * @param name how the file is called in messages
 */
export async function readText(path: string, name: string, limit: number): Promise<TextOrProblem> {
  let bytes: Buffer;
  try {
    bytes = await readUpTo(path, limit + 1);
  } catch (error) {
    return { problem: readProblem(name, error) };
  }
  if (bytes.length > limit)
    return { problem: sourceProblems.tooLarge(`the file '${name}'`, sizeInWords(limit)) };
  const text = decodeUtf8(bytes);
  return text === undefined ? { problem: sourceProblems.notUtf8(`the file '${name}'`) } : { text };
}

async function readUpTo(path: string, most: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const chunks: Buffer[] = [];
  let total = 0;
  while (total < most) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(64 * 1024, most - total)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(chunks, total);
}

function readProblem(name: string, error: unknown): Problem {
  const code = errorName(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return sourceProblems.fileNotFound(name);
  const reasons: Readonly<Record<string, string>> = {
    EISDIR: 'it is a directory',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'too many symbolic links',
    ERR_INVALID_ARG_VALUE: 'this cannot be a path',
  };
  return sourceProblems.fileUnreadable(name, reasons[code] ?? code);
}

/** The text of UTF-8 bytes, without a byte order mark; `undefined` when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function sizeInWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let amount = bytes;
  while (amount >= 1024 && amount % 1024 === 0 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount} ${units[unit]}`;
}
