import type { Diagnostics } from '../diagnostic.js';
import { quoted, structureProblems } from '../messages.js';
import type { ExtensionSpec, ExtensionsSpec } from '../spec.js';
import type { Tree } from '../tree.js';
import { readComponent } from './component.js';
import { readDuration } from './duration.js';
import { isId } from './id.js';
import { MapReader } from './map-reader.js';

/** A scope without extensions of its own. */
export const noExtensions: ExtensionsSpec = Object.freeze({
  extensions: new Map(),
  broken: new Set<string>(),
});

/** Reads `extensions:` of the engine, a group or a pipeline. */
export function readExtensions(scope: MapReader, diagnostics: Diagnostics): ExtensionsSpec {
  const extensions = new Map<string, ExtensionSpec>();
  const broken = new Set<string>();
  for (const [name, member] of scope.members('extensions')) {
    const extension = readExtension(scope, name, member, diagnostics);
    if (extension === undefined) broken.add(name);
    else extensions.set(name, extension);
  }
  return { extensions, broken };
}

function readExtension(
  scope: MapReader,
  id: string,
  tree: Tree,
  diagnostics: Diagnostics,
): ExtensionSpec | undefined {
  if (!isId(id)) scope.problemOfKey(structureProblems.badId('extension'), 'extensions', id);
  const extension = MapReader.open(tree, scope.at('extensions', id), `extension ${quoted(id)}`, diagnostics);
  if (extension === undefined) return undefined;
  const component = readComponent(extension, id, 'extensions');
  const description = extension.text('description');
  const readinessTimeoutMs = readDuration(extension, 'readiness_timeout');
  extension.finish();
  return component === undefined ? undefined : { ...component, description, readinessTimeoutMs };
}
