import { readFile } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CatalogError, type CatalogSource } from './catalog.js';
import { lookUpComponent } from './component.js';
import { reasonOf } from './errors.js';

/** How long a module may take to load, in milliseconds: one that awaits something for ever is given up. */
const LOAD_TIMEOUT_MS = 30_000;

/**
 * Loads a plugin: a module that exports decorated classes.
 *
 * @param specifier a package name, a path (absolute, or starting with `./` or `../`), or a `file:` URL
 * @param from the folder that paths are relative to and packages are looked for
 * @throws CatalogError when it cannot be loaded or exports no component
 */
export async function loadPlugin(specifier: string, from: string): Promise<CatalogSource> {
  let exports: unknown[];
  try {
    exports = Object.values(await importInTime(await resolvePlugin(specifier, from)));
  } catch (cause) {
    throw new CatalogError(`plugin '${specifier}' could not be loaded: ${loadFailure(cause, from)}`, {
      cause,
    });
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
    return await Promise.race([import(url) as Promise<Record<string, unknown>>, expired.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Why a module could not be loaded, without the engine's own files in it. */
function loadFailure(cause: unknown, from: string): string {
  const [reason = ''] = reasonOf(cause).split('\n');
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'MODULE_NOT_FOUND') return `no such package is installed in ${from} or above it`;
  if (code === 'ERR_MODULE_NOT_FOUND') return reason.replace(/ imported from .*$/, '');
  return reason;
}

async function resolvePlugin(specifier: string, from: string): Promise<string> {
  if (isAbsolute(specifier) || /^\.{1,2}[/\\]/.test(specifier)) {
    return pathToFileURL(resolve(from, specifier)).href;
  }
  if (specifier.startsWith('file:')) return specifier;
  const base = join(from, 'noop.js');
  try {
    return pathToFileURL(createRequire(base).resolve(specifier)).href;
  } catch (error) {
    // A package that can only be imported, not required, is found by the entry point that it declares.
    const entry = await importEntry(specifier, base);
    if (entry === undefined) throw error;
    return entry;
  }
}

async function importEntry(specifier: string, base: string): Promise<string | undefined> {
  const manifest = findManifest(specifier, base);
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(await readFile(manifest, 'utf8')) as { exports?: unknown };
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
