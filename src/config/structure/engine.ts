import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigSources } from '../config-sources.js';
import type { Diagnostics } from '../diagnostic.js';
import { quoted, structureProblems } from '../messages.js';
import {
  DEFAULT_POLICIES,
  type EngineSpec,
  type PipelineSpec,
  type PluginSpec,
  type Policies,
} from '../spec.js';
import type { Tree } from '../tree.js';
import { isId } from './id.js';
import { MapReader } from './map-reader.js';
import { readPipeline } from './pipeline.js';
import { readPolicies } from './policies.js';

/** The version of the model that this engine reads. */
export const MODEL_VERSION = 'otel_dataflow/v1';

/** Reads the whole model. Reports all that is wrong with it; gives what is sound. */
export function readEngineSpec(
  tree: Tree,
  sources: ConfigSources,
  diagnostics: Diagnostics,
): EngineSpec | undefined {
  const root = MapReader.open(tree, [], 'the configuration', diagnostics);
  if (root === undefined) return undefined;
  readVersion(root);
  const policies = readPolicies(root, DEFAULT_POLICIES);
  root.withoutEffect('topics');
  const plugins = readEngine(root);
  const groups = root.members('groups');
  const pipelines = groups.flatMap(([id, group]) => readGroup(root, id, group, policies, diagnostics));
  root.finish();
  if (pipelines.length === 0 && !diagnostics.hasErrors) {
    const { code, message } = structureProblems.noPipelines();
    diagnostics.warning(code, groups.length === 0 ? [] : ['groups'], message, 'key');
  }
  return { pipelines, plugins, sources };
}

function readVersion(root: MapReader): void {
  const tree = root.required('version');
  const version = tree === undefined ? undefined : root.textOf(tree, ['version'], 'version');
  if (version !== undefined && version !== MODEL_VERSION) {
    root.problem(structureProblems.version(MODEL_VERSION), 'version');
  }
}

function readEngine(root: MapReader): readonly PluginSpec[] {
  const engine = root.map('engine', "'engine'");
  if (engine === undefined) return [];
  engine.withoutEffect('topics', 'http_admin', 'telemetry', 'observed_state', 'observability', 'controller');
  // Free for applications that embed the engine.
  engine.field('custom');
  refuseExtensions(engine, 'the engine');
  const plugins = engine.items('plugins').flatMap((item, index) => {
    const specifier = engine.textOf(item, ['plugins', index], 'plugins');
    if (specifier === undefined) return [];
    return [{ specifier: importable(specifier, item), path: engine.at('plugins', index) }];
  });
  engine.finish();
  return plugins;
}

/** A path, relative to the text that names it, as a URL; a package name as it is. */
function importable(specifier: string, tree: Tree): string {
  if (!isAbsolute(specifier) && !/^\.{1,2}(?:[/\\]|$)/.test(specifier)) return specifier;
  return pathToFileURL(resolve(tree.at?.source.directory ?? '.', specifier)).href;
}

function readGroup(
  root: MapReader,
  id: string,
  tree: Tree,
  inherited: Policies,
  diagnostics: Diagnostics,
): readonly PipelineSpec[] {
  if (!isId(id)) root.problemOfKey(structureProblems.badId('group'), 'groups', id);
  const group = MapReader.open(tree, root.at('groups', id), `group ${quoted(id)}`, diagnostics);
  if (group === undefined) return [];
  const policies = readPolicies(group, inherited);
  group.withoutEffect('topics');
  refuseExtensions(group, 'a group');
  const pipelines = group
    .members('pipelines')
    .flatMap(
      ([pipelineId, pipeline]) => readPipeline(group, id, pipelineId, pipeline, policies, diagnostics) ?? [],
    );
  group.finish();
  return pipelines;
}

/** Where extensions of wider scopes will be read. */
function refuseExtensions(scope: MapReader, what: string): void {
  if (scope.field('extensions') !== undefined) {
    scope.problemOfKey(structureProblems.extensionsOutsidePipeline(what), 'extensions');
  }
}
