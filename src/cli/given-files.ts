import { fstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';

/** Of `open(2)` of Linux, as `/proc/self/fdinfo` shows them. */
const ACCESS_MODE = 0o3;
const READ_ONLY = 0o0;
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Whether the process was started with a file or a pipe open, beside the standard streams, that it would lose by
 * `process.execve`: Node marks most of what it is given to be closed then. A shell's `3< FILE` is one, which something
 * may want to read as `/dev/fd/3`. For Linux. Where nobody can tell, as without a `/proc`, the answer is yes.
 */
export function wasGivenFiles(): boolean {
  try {
    return givenFiles().some((fd) => (flagsOf(fd) & CLOSE_ON_EXEC) !== 0);
  } catch {
    return true;
  }
}

function givenFiles(): number[] {
  const files: number[] = [];
  const pipes = new Map<number, number[]>();
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    const stats = fd > 2 ? statsOf(fd) : undefined;
    if (stats?.isFile()) files.push(fd);
    if (stats?.isFIFO()) pipes.set(stats.ino, [...(pipes.get(stats.ino) ?? []), fd]);
  }
  return [...files, ...[...pipes.values()].filter((fds) => !haveBothEnds(fds)).flat()];
}

/** Of the pipes that Node made for itself, both ends are here. */
function haveBothEnds(fds: readonly number[]): boolean {
  const reading = fds.filter((fd) => (flagsOf(fd) & ACCESS_MODE) === READ_ONLY);
  return reading.length > 0 && reading.length < fds.length;
}

/** `undefined` when it is closed, as the one is by now that the others were listed with. */
function statsOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

function flagsOf(fd: number): number {
  const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
  if (flags === '') throw new Error(`no flags of the descriptor ${fd}`);
  return Number.parseInt(flags, 8);
}
