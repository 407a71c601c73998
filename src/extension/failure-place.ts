import { realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * Where in a plugin's files it went wrong when it was loaded, as `PATH:LINE`, or `PATH:LINE:COLUMN`; `undefined` when
 * that cannot be told, or is outside of the folder of its entry.
 *
 * @param entry the URL of the module that was to be loaded
 */
export async function placeOfFailure(cause: unknown, entry: string): Promise<string | undefined> {
  if (typeof cause !== 'object' || cause === null || !entry.startsWith('file:')) return undefined;
  const { name, stack } = cause as { readonly name?: unknown; readonly stack?: unknown };
  if (typeof stack !== 'string') return undefined;
  const stated = statedPlace(stack) ?? frameBelow(await folderOf(entry), stack);
  // The platform tells the place of such an error only where it ends a thread.
  return stated ?? (name === 'SyntaxError' ? await firstSyntaxError(entry) : undefined);
}

const FILE = '(?:file://|/|[A-Za-z]:[\\\\/])';
const HEADLINE = new RegExp(`^(${FILE}.*):(\\d+)$`);
const FRAME = new RegExp(`^\\s+at (?:.*\\()?(${FILE}.*?):(\\d+):(\\d+)\\)?$`);

/** What a stack begins with when the code could not be compiled or linked. */
function statedPlace(stack: string): string | undefined {
  const [first = ''] = stack.split('\n', 1);
  const match = HEADLINE.exec(first);
  return match === null ? undefined : `${pathOf(match[1] as string)}:${match[2]}`;
}

function frameBelow(folder: string, stack: string): string | undefined {
  for (const line of stack.split('\n')) {
    const [, file, row, column] = FRAME.exec(line) ?? [];
    if (file === undefined) continue;
    const path = pathOf(file);
    if (path.startsWith(folder)) return `${path}:${row}:${column}`;
  }
  return undefined;
}

const pathOf = (file: string): string => (file.startsWith('file:') ? fileURLToPath(file) : file);

/** The folder of the entry as stacks name it, with a separator at its end. */
async function folderOf(entry: string): Promise<string> {
  const path = fileURLToPath(entry);
  const real = await realpath(path).catch(() => path);
  return `${dirname(real)}${sep}`;
}

/** Compiles a module and those that it imports by a path, until one does not compile. It runs none of them. */
const COMPILE = `
const { workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
const { fileURLToPath } = require('node:url');
const { SourceTextModule } = require('node:vm');
const modules = new Set([workerData.entry]);
for (const url of modules) {
  let text;
  try {
    text = readFileSync(fileURLToPath(url), 'utf8');
  } catch {
    continue;
  }
  for (const { specifier } of new SourceTextModule(text, { identifier: url }).moduleRequests) {
    if (/^\\.{1,2}\\/.*\\.m?js$/.test(specifier)) modules.add(new URL(specifier, url).href);
  }
}
`;

/** How long the search for a syntax error may take, in milliseconds. */
const SEARCH_TIMEOUT_MS = 5_000;

async function firstSyntaxError(entry: string): Promise<string | undefined> {
  const found = Promise.withResolvers<string | undefined>();
  const worker = new Worker(COMPILE, {
    eval: true,
    workerData: { entry },
    execArgv: ['--experimental-vm-modules', '--no-warnings'],
  });
  const timer = setTimeout(() => found.resolve(undefined), SEARCH_TIMEOUT_MS);
  worker.once('error', (error) => found.resolve(statedPlace(String((error as { stack?: unknown }).stack))));
  worker.once('exit', () => found.resolve(undefined));
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
