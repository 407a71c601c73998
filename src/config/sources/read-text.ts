import { constants, open as openDescriptor } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { type Problem, sourceProblems } from '../messages.js';
import { errorName } from './error-name.js';

export type TextOrProblem = { readonly text: string } | { readonly problem: Problem };

/**
 * Reads a text file up to a limit.
 *
 * @param name how the file is called in messages
 * @param kind a pipe is waited for without holding a thread, which would keep the process from ending
 */
export async function readText(
  path: string,
  name: string,
  limit: number,
  kind: 'file' | 'pipe' = 'file',
): Promise<TextOrProblem> {
  let bytes: Buffer;
  try {
    bytes = await (kind === 'pipe' ? readPipeUpTo : readUpTo)(path, limit + 1);
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

async function readPipeUpTo(path: string, most: number): Promise<Buffer> {
  // Without O_NONBLOCK the open itself waits for a writer. The socket closes the descriptor.
  const fd = await promisify(openDescriptor)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of new Socket({ fd, writable: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    total += chunk.length;
    // Leaving the loop closes it.
    if (total >= most) break;
  }
  return Buffer.concat(chunks, Math.min(total, most));
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
