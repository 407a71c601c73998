import { readFile, stat } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorName } from '../config/sources/error-name.js';
import { CatalogError, type CatalogSource } from './catalog.js';
import { lookUpComponent } from './component.js';
import { reasonOf } from './errors.js';

/** How long a module may take to load, in milliseconds: one that awaits something for ever is given up. */
const LOAD_TIMEOUT_MS = 30_000;

/**
 * Loads a plugin: a module that exports decorated classes.
 *
 * @param specifier a package name, a path (absolute, or starting with `.`) of a file or of a package's folder, or
 * a `file:` URL
 * @param from the folder that paths are relative to and packages are looked for; of several, packages are looked
 * for in each until one is found
 * @throws CatalogError when it cannot be loaded or exports no component
 */
export async function loadPlugin(
  specifier: string,
  ...from: readonly [string, ...string[]]
): Promise<CatalogSource> {
  let exports: unknown[];
  try {
    exports = Object.values(await importInTime(await resolvePlugin(specifier, from)));
  } catch (cause) {
    throw new CatalogError(`plugin '${specifier}' could not be loaded: ${loadFailure(cause)}`, { cause });
  }
  if (!exports.some((exported) => lookUpComponent(exported).found !== 'nothing')) {
    throw new CatalogError(
      `plugin '${specifier}' exports no component; export classes with @Extension, @Receiver, @Processor or @Exporter`,
    );
  }
  return { origin: `plugin '${specifier}'`, exports };
}

async function importInTime(url: string): Promise<Record<string, unknown>> {
  const expired = Promise.withResolvers<never>();
  // Real time, and a timer that keeps the process alive: a module that never finishes would end it without a word.
  const timer = setTimeout(
    () => expired.reject(new Error(`it did not finish loading within ${LOAD_TIMEOUT_MS / 1000} s`)),
    LOAD_TIMEOUT_MS,
  );
  try {
    const loaded = import(attemptOf(url)) as Promise<Record<string, unknown>>;
    loaded.catch(() => failures.set(url, (failures.get(url) ?? 0) + 1));
    return await Promise.race([loaded, expired.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** How often a module has failed to load in this process. */
const failures = new Map<string, number>();

/** The platform remembers that a module failed; under another name it is tried again, as it is now. */
function attemptOf(url: string): string {
  const failed = failures.get(url);
  return failed === undefined ? url : `${url}?attempt=${failed + 1}`;
}

/** Why a module could not be loaded, without the engine's own files in it. */
function loadFailure(cause: unknown): string {
  const [reason = ''] = reasonOf(cause).split('\n');
  const code = errorName(cause);
  return code === 'ERR_MODULE_NOT_FOUND' ? reason.replace(/ imported from .*$/, '') : reason;
}

async function resolvePlugin(specifier: string, from: readonly [string, ...string[]]): Promise<string> {
  if (specifier.startsWith('file:')) return specifier;
  if (isAbsolute(specifier) || /^\.{1,2}(?:[/\\]|$)/.test(specifier)) {
    return await entryOfPath(resolve(from[0], specifier));
  }
  for (const directory of from) {
    const entry = await entryOfPackage(specifier, join(directory, 'noop.js'));
    if (entry !== undefined) return entry;
  }
  const places = [...new Set(from)].map((directory) => `${directory} or above it`);
  throw new Error(`no such package is installed in ${places.join(', nor in ')}`);
}

/** A file as it is; of a folder, what its `package.json` says is to be imported. */
async function entryOfPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  // What is not there is reported by the import, in its words.
  if (found?.isDirectory() !== true) return pathToFileURL(path).href;
  const { exports, main } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as Entries;
  return pathToFileURL(join(path, entryTarget(exports) ?? main ?? 'index.js')).href;
}

/** The file behind a package's name; `undefined` when it is not installed. */
async function entryOfPackage(specifier: string, base: string): Promise<string | undefined> {
  try {
    return pathToFileURL(createRequire(base).resolve(specifier)).href;
  } catch (error) {
    // A package that can only be imported, not required, is found by the entry point that it declares.
    const entry = await importEntry(specifier, base);
    if (entry !== undefined) return entry;
    const code = errorName(error);
    if (code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What a package can be entered by. */
interface Entries {
  readonly exports?: unknown;
  readonly main?: string;
}

async function importEntry(specifier: string, base: string): Promise<string | undefined> {
  const manifest = findManifest(specifier, base);
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(await readFile(manifest, 'utf8')) as Entries;
  const target = entryTarget(exports);
  return target === undefined ? undefined : pathToFileURL(join(dirname(manifest), target)).href;
}

function findManifest(specifier: string, base: string): string | undefined {
  try {
    return findPackageJSON(specifier, base);
  } catch {
    // Not installed: the caller reports the first error, which names the package.
    return undefined;
  }
}

/** The file behind `.` under the conditions that `import` uses. */
function entryTarget(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const conditions = exports as Record<string, unknown>;
  for (const key of ['.', 'node', 'import', 'default']) {
    const target = key in conditions ? entryTarget(conditions[key]) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
