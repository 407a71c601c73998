import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorName } from '../config/sources/error-name.js';
import type { ComponentKind } from '../config/urn.js';
import { ExitCode } from './exit-code.js';
import { backgroundSample } from './new/background.js';
import { exporterSample } from './new/exporter.js';
import { extensionSample } from './new/extension.js';
import { namesOf, type PackageNames } from './new/names.js';
import { type PackageVersions, packageFiles } from './new/package-files.js';
import { processorSample } from './new/processor.js';
import { receiverSample } from './new/receiver.js';
import type { ComponentSample } from './new/sample.js';
import { ScaffoldError } from './new/scaffold-error.js';
import { DEFAULT_TRAITS, samplesOf } from './new/traits/index.js';

export interface NewOptions {
  /** Where the package is written; a folder of its name in the working directory when absent. */
  readonly directory?: string;
  /** What it is developed with: a range of versions, or the path of a packed or unpacked `otap-dataflow`. */
  readonly dataflow?: string;
  /** The namespace of its URN. */
  readonly namespace?: string;
  /** The traits of an extension, by their names in YAML; with none it works in the background. */
  readonly traits?: readonly string[];
}

/**
 * Writes the package of a new component, which compiles, has tests that pass, and is found as a plugin.
 *
 * @throws ScaffoldError when it cannot be written as asked; nothing is written then
 */
export async function newComponent(
  kind: ComponentKind,
  name: string,
  options: NewOptions,
): Promise<ExitCode> {
  const names = namesOf(kind, name, options.namespace);
  const sample = sampleOf(names, options);
  const shown = options.directory ?? names.base;
  const directory = resolve(shown);
  const files = packageFiles(names, sample, await versions(options.dataflow, directory));
  await refuseOccupied(directory, shown);
  try {
    for (const [path, text] of files) {
      await makeFolder(dirname(join(directory, path)));
      // Never over a file that appeared meanwhile.
      await writeFile(join(directory, path), text, { flag: 'wx' });
    }
  } catch (error) {
    throw cannotWrite(shown, error);
  }
  process.stdout.write(
    [
      `wrote ${kind} ${names.packageName} (${names.urn}) to ${shown}:`,
      ...[...files.keys()].map((path) => `  ${path}`),
      '',
      'next:',
      `  cd ${shown}`,
      // A packed one is taken from where it is; the registry need not have any.
      `  npm install${options.dataflow === undefined ? '  # otap-dataflow from the registry; with --dataflow PATH.tgz, a packed one' : ''}`,
      '  npm test',
      `  npm start    # runs pipeline.yaml with it`,
      '',
    ].join('\n'),
  );
  return ExitCode.OK;
}

function sampleOf(names: PackageNames, { traits }: NewOptions): ComponentSample {
  switch (names.kind) {
    case 'extension':
      return traits?.length === 0
        ? backgroundSample(names)
        : extensionSample(names, samplesOf(traits ?? DEFAULT_TRAITS));
    case 'receiver':
      return receiverSample(names);
    case 'processor':
      return processorSample(names);
    case 'exporter':
      return exporterSample(names);
  }
}

async function refuseOccupied(directory: string, shown: string): Promise<void> {
  let present: readonly string[];
  try {
    present = await readdir(directory);
  } catch (error) {
    if (errorName(error) === 'ENOENT') return;
    throw cannotWrite(shown, error);
  }
  if (present.length > 0) {
    throw new ScaffoldError(`${shown} is not empty; choose another folder with --directory, or empty it`);
  }
}

const cannotWrite = (shown: string, error: unknown): ScaffoldError =>
  new ScaffoldError(`${shown} cannot be written to (${errorName(error)}); choose another with --directory`);

/** Makes a folder and those above it, one by one: the platform's own way tries for ever where none can be made. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = errorName(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** What a new package depends on: this very package, and what it is built with itself. */
async function versions(dataflow: string | undefined, directory: string): Promise<PackageVersions> {
  const manifest = new URL('../../package.json', import.meta.url);
  const own = JSON.parse(await readFile(manifest, 'utf8')) as {
    readonly version: string;
    readonly engines: { readonly node: string };
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const range = `^${own.version}`;
  return {
    dataflowRange: range,
    dataflow: dataflow === undefined ? range : specOf(dataflow, directory),
    typescript: own.devDependencies['typescript'] ?? 'latest',
    nodeTypes: own.devDependencies['@types/node'] ?? 'latest',
    nodeRange: own.engines.node,
    dependencies: own.dependencies,
  };
}

/** A path as npm reads it from the new package; anything else as it is. */
function specOf(dataflow: string, directory: string): string {
  const path = dataflow.startsWith('file://')
    ? fileURLToPath(dataflow)
    : isAbsolute(dataflow) || /^\.{1,2}[/\\]/.test(dataflow) || dataflow.endsWith('.tgz')
      ? resolve(dataflow)
      : undefined;
  if (path === undefined) return dataflow;
  const below = relative(directory, path).replaceAll('\\', '/');
  return `file:${below.startsWith('.') || isAbsolute(below) ? below : `./${below}`}`;
}
