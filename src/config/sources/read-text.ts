import { constants, createReadStream, fstatSync, open } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { promisify } from 'node:util';
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
  const chunks: Buffer[] = [];
  let total = 0;
  // Leaving the loop closes it.
  for await (const chunk of await openStream(path)) {
    chunks.push(chunk);
    total += chunk.length;
    if (total >= most) break;
  }
  return Buffer.concat(chunks, Math.min(total, most));
}

/**
 * Opens a file so that whoever has to write it, another process or a person, is waited for without a thread: a thread
 * that waits keeps the process from ending.
 */
async function openStream(path: string): Promise<AsyncIterable<Buffer>> {
  // Without O_NONBLOCK the open itself waits for the writer of a pipe.
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (isatty(fd)) return new TerminalStream(fd);
  return fstatSync(fd).isFIFO() ? new Socket({ fd, writable: false }) : createReadStream('', { fd });
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
