import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorName } from '../config/sources/error-name.js';
import { CatalogError } from './catalog.js';
import { reasonOf } from './errors.js';

/** The keyword of `package.json` by which a package says that it brings components. */
export const PLUGIN_KEYWORD = 'otap-dataflow-plugin';

/** What a scan found. */
export interface ScannedPlugins {
  /** The folder of the `package.json` that was looked at. */
  readonly directory: string;
  /** Packages with the keyword, in the order of their names. */
  readonly packages: readonly string[];
}

interface Manifest {
  readonly name?: unknown;
  readonly keywords?: unknown;
  readonly [dependencies: string]: unknown;
}

/**
 * Looks for plugins among what a project depends on: the installed packages that the nearest `package.json`, in
 * `from` or above it, names as dependencies of any kind, and the project itself, when they have the keyword
 * `otap-dataflow-plugin`. No code of theirs runs; `loadPlugin` is given the names.
 *
 * @throws CatalogError when there is no `package.json`, or one that cannot be read
 */
export async function scanPlugins(from: string): Promise<ScannedPlugins> {
  const directory = await projectAt(from);
  if (directory === undefined) {
    throw new CatalogError(
      `plugins are looked for among the dependencies of a package.json, and there is none in ${from} or above it`,
    );
  }
  const project = (await readManifest(directory)) as Manifest;
  const packages = new Set<string>();
  if (typeof project.name === 'string' && hasKeyword(project)) packages.add(project.name);
  for (const name of dependencyNames(project)) {
    const installed = await installedManifest(name, directory);
    if (installed !== undefined && hasKeyword(installed)) packages.add(name);
  }
  return { directory, packages: [...packages].sort() };
}

const hasKeyword = ({ keywords }: Manifest): boolean =>
  Array.isArray(keywords) && keywords.includes(PLUGIN_KEYWORD);

function dependencyNames(project: Manifest): ReadonlySet<string> {
  const kinds = ['dependencies', 'optionalDependencies', 'devDependencies', 'peerDependencies'];
  return new Set(
    kinds.flatMap((kind) => {
      const named = project[kind];
      return typeof named === 'object' && named !== null ? Object.keys(named) : [];
    }),
  );
}

async function projectAt(from: string): Promise<string | undefined> {
  for (const directory of upward(from)) {
    if ((await readManifest(directory)) !== undefined) return directory;
  }
  return undefined;
}

/** Of a dependency that is not installed there is none, which only matters to who uses its components. */
async function installedManifest(name: string, from: string): Promise<Manifest | undefined> {
  for (const directory of upward(from)) {
    const manifest = await readManifest(join(directory, 'node_modules', name));
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

function* upward(from: string): Iterable<string> {
  let directory = from;
  yield directory;
  while (dirname(directory) !== directory) {
    directory = dirname(directory);
    yield directory;
  }
}

async function readManifest(directory: string): Promise<Manifest | undefined> {
  const path = join(directory, 'package.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = errorName(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CatalogError(`${path} cannot be read: ${code}`, { cause });
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new CatalogError(`${path} is not JSON: ${reasonOf(cause)}`, { cause });
  }
  if (typeof manifest === 'object' && manifest !== null) return manifest as Manifest;
  throw new CatalogError(`${path} is not the description of a package`);
}
