import { readFile } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CatalogError, type CatalogSource } from './catalog.js';
import { lookUpComponent } from './component.js';
import { reasonOf } from './errors.js';

/**
 * Loads a plugin: a module that exports decorated classes.
 *
 * @param specifier a package name, or a path (absolute, or starting with `./` or `../`)
 * @param from the folder that names are resolved against
 * @throws CatalogError when it cannot be loaded or exports no component
 */
export async function loadPlugin(specifier: string, from: string): Promise<CatalogSource> {
  let exports: unknown[];
  try {
    const url = await resolvePlugin(specifier, from);
    exports = Object.values((await import(url)) as Record<string, unknown>);
  } catch (error) {
    throw new CatalogError(`plugin '${specifier}' could not be loaded: ${reasonOf(error)}`, { cause: error });
  }
  if (!exports.some((exported) => lookUpComponent(exported).found !== 'nothing')) {
    throw new CatalogError(
      `plugin '${specifier}' exports no component; export classes with @Extension, @Receiver, @Processor or @Exporter`,
    );
  }
  return { origin: `plugin '${specifier}'`, exports };
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
