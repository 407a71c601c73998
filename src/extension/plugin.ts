import { readFile, stat } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorName } from '../config/sources/error-name.js';
import { CatalogError, type CatalogSource } from './catalog.js';
import { lookUpComponent } from './component.js';
import { reasonOf } from './errors.js';
import { placeOfFailure } from './failure-place.js';

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
  let entry: string | undefined;
  loading.add(specifier);
  try {
    entry = await resolvePlugin(specifier, from);
    exports = Object.values(await importInTime(entry));
  } catch (cause) {
    const reason = await loadFailure(cause, entry);
    throw new CatalogError(`plugin '${specifier}' could not be loaded: ${reason}`, { cause });
  } finally {
    loading.delete(specifier);
  }
  if (!exports.some((exported) => lookUpComponent(exported).found !== 'nothing')) {
    throw new CatalogError(
      `plugin '${specifier}' exports no component; export classes with @Extension, @Receiver, @Processor or @Exporter`,
    );
  }
  return { origin: `plugin '${specifier}'`, exports };
}

const loading = new Set<string>();

/** The plugins whose code is running for the first time just now, by their specifiers. */
export function pluginsBeingLoaded(): readonly string[] {
  return [...loading];
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

const TYPESCRIPT =
  'the platform only takes types off TypeScript: compile what has decorators, and name the .js file';

/** Of whatever realm it is. */
const isError = (cause: unknown, name: string): boolean =>
  typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === name;

/** Why a module could not be loaded and where in its files, without the engine's own in it. */
async function loadFailure(cause: unknown, entry: string | undefined): Promise<string> {
  const [reason = ''] = reasonOf(cause).split('\n');
  if (errorName(cause) === 'ERR_MODULE_NOT_FOUND') {
    const [words = '', importer = ''] = reason.split(' imported from ');
    return importer === '' || importer === fileURLToPath(import.meta.url) ? words : reason;
  }
  const place = entry === undefined ? undefined : await placeOfFailure(cause, entry);
  if (place === undefined) return reason;
  const hint = isError(cause, 'SyntaxError') && /\.[cm]?ts:\d+$/.test(place) ? `; ${TYPESCRIPT}` : '';
  return `${reason} (${place})${hint}`;
}

async function resolvePlugin(specifier: string, from: readonly [string, ...string[]]): Promise<string> {
  if (specifier.startsWith('file:')) return specifier;
  if (isAbsolute(specifier) || /^\.{1,2}(?:[/\\]|$)/.test(specifier)) {
    return await entryOfPath(resolve(from[0], specifier));
  }
  for (const directory of from) {
    const entry = await entryOfPackage(specifier, join(directory, 'noop.js'));
    if (entry !== undefined) return entry;
    // A package knows itself by its name only when it has 'exports'.
    if (await isNamed(specifier, directory)) return await entryOfPath(directory);
  }
  const places = [...new Set(from)].map((directory) => `${directory} or above it`);
  throw new Error(`no such package is installed in ${places.join(', nor in ')}`);
}

/** A file as it is; of a folder, what its `package.json` says is to be imported. */
async function entryOfPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  // What is not there is reported by the import, in its words.
  if (found?.isDirectory() !== true) return pathToFileURL(path).href;
  const manifest = join(path, 'package.json');
  const { exports, main } = await readEntries(manifest);
  const target = entryTarget(exports) ?? main;
  if (target === undefined && (await stat(join(path, 'index.js')).catch(() => undefined)) === undefined) {
    throw new Error(`${manifest} names no module to load; give it 'exports'`);
  }
  return pathToFileURL(join(path, target ?? 'index.js')).href;
}

/** @throws Error when it is not there or is no description of a package */
async function readEntries(manifest: string): Promise<Entries> {
  let text: string;
  try {
    text = await readFile(manifest, 'utf8');
  } catch (cause) {
    const code = errorName(cause);
    const problem =
      code === 'ENOENT'
        ? 'is missing; it says which module of the folder to load'
        : `cannot be read: ${code}`;
    throw new Error(`${manifest} ${problem}`, { cause });
  }
  try {
    return (JSON.parse(text) as Entries | null) ?? {};
  } catch (cause) {
    throw new Error(`${manifest} is not JSON: ${reasonOf(cause)}`, { cause });
  }
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

async function isNamed(specifier: string, directory: string): Promise<boolean> {
  const entries = await readEntries(join(directory, 'package.json')).catch((): Entries => ({}));
  return entries.name === specifier;
}

/** What a package can be entered by, and is called. */
interface Entries {
  readonly name?: unknown;
  readonly exports?: unknown;
  readonly main?: string;
}

async function importEntry(specifier: string, base: string): Promise<string | undefined> {
  const manifest = findManifest(specifier, base);
  if (manifest === undefined) return undefined;
  const { exports } = await readEntries(manifest);
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
