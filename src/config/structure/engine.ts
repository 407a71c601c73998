import type { ConfigSources } from '../config-sources.js';
import type { Diagnostics } from '../diagnostic.js';
import { quoted, structureProblems } from '../messages.js';
import {
  DEFAULT_POLICIES,
  type EngineSpec,
  type GroupSpec,
  type PipelineSpec,
  type Policies,
} from '../spec.js';
import type { Tree } from '../tree.js';
import { noExtensions, readExtensions } from './extensions.js';
import { isId } from './id.js';
import { MapReader } from './map-reader.js';
import { readPipeline } from './pipeline.js';
import { readPluginScan, readPlugins } from './plugins.js';
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
  const policies = readPolicies(root, DEFAULT_POLICIES, diagnostics);
  root.withoutEffect('topics');
  const engine = readEngine(root, diagnostics);
  const members = root.members('groups');
  const read = members.flatMap(([id, group]) => readGroup(root, id, group, policies, diagnostics) ?? []);
  root.finish();
  const pipelines = read.flatMap((group) => group.pipelines);
  if (pipelines.length === 0 && !diagnostics.hasErrors) {
    const { code, message } = structureProblems.noPipelines();
    diagnostics.warning(code, members.length === 0 ? [] : ['groups'], message, 'key');
  }
  const groups = read.map(({ id, declared }) => ({ id, declared }));
  return { ...engine, groups, pipelines, sources };
}

function readVersion(root: MapReader): void {
  const tree = root.required('version');
  const version = tree === undefined ? undefined : root.textOf(tree, ['version'], 'version');
  if (version !== undefined && version !== MODEL_VERSION) {
    root.problem(structureProblems.version(MODEL_VERSION), 'version');
  }
}

function readEngine(
  root: MapReader,
  diagnostics: Diagnostics,
): Pick<EngineSpec, 'declared' | 'plugins' | 'pluginScan'> {
  const engine = root.map('engine', "'engine'");
  if (engine === undefined) return { declared: noExtensions, plugins: [], pluginScan: undefined };
  engine.withoutEffect('topics', 'http_admin', 'telemetry', 'observed_state', 'observability', 'controller');
  // Free for applications that embed the engine.
  engine.field('custom');
  const declared = readExtensions(engine, diagnostics);
  const plugins = readPlugins(engine);
  const pluginScan = readPluginScan(engine);
  engine.finish();
  return { declared, plugins, pluginScan };
}

function readGroup(
  root: MapReader,
  id: string,
  tree: Tree,
  inherited: Policies,
  diagnostics: Diagnostics,
): (GroupSpec & { readonly pipelines: readonly PipelineSpec[] }) | undefined {
  if (!isId(id)) root.problemOfKey(structureProblems.badId('group'), 'groups', id);
  const group = MapReader.open(tree, root.at('groups', id), `group ${quoted(id)}`, diagnostics);
  if (group === undefined) return undefined;
  const policies = readPolicies(group, inherited, diagnostics);
  group.withoutEffect('topics');
  const declared = readExtensions(group, diagnostics);
  const pipelines = group
    .members('pipelines')
    .flatMap(
      ([pipelineId, pipeline]) => readPipeline(group, id, pipelineId, pipeline, policies, diagnostics) ?? [],
    );
  group.finish();
  return { id, declared, pipelines };
}
